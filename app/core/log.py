"""Structured JSON logs: one line per fact, each with the correlation id of the work it belongs to."""

import logging
import sys
from contextvars import ContextVar
from secrets import token_hex
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="-")

SECRET_WORDS = ("password", "token", "secret", "authorization", "cookie", "api_key")


def new_correlation_id() -> str:
    """A fresh id for one request, job or command; follows the work through outbox and jobs."""
    return token_hex(16)


def _add_correlation(_logger: Any, _name: str, event: EventDict) -> EventDict:
    event.setdefault("correlation_id", correlation_id.get())
    return event


def _hide_secrets(_logger: Any, _name: str, event: EventDict) -> EventDict:
    for key in event:
        if any(word in key.lower() for word in SECRET_WORDS):
            event[key] = "[hidden]"
    return event


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="@timestamp"),
    _add_correlation,
    _hide_secrets,
]


def json_formatter() -> logging.Formatter:
    """Make the formatter of every line, ours and the libraries'."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )


def configure(level: str) -> None:
    """Send every log line of this process, ours and the libraries', to stdout as JSON."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(json_formatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.getLogger("fontTools").setLevel("WARNING")


def set_levels(levels: dict[str, str]) -> None:
    """Apply `{"app.people": "DEBUG"}` to this process; an empty level returns a logger to the root's."""
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level or logging.NOTSET)


def get(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module: `log = get(__name__)`."""
    return structlog.stdlib.get_logger(name)
