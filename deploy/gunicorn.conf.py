"""How the web process runs: `gunicorn -c deploy/gunicorn.conf.py wsgi:app`, under `make run` and systemd alike."""

import gc
import os
from pathlib import Path

from gevent import monkey

monkey.patch_all()  # before the application is imported

# ruff: noqa: E402
from gunicorn.glogging import Logger
from prometheus_client import multiprocess

from app.core import green

green.install()

_host = os.environ.get("HOST", "127.0.0.1")
bind = f"{f'[{_host}]' if ':' in _host else _host}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gevent"  # chat streams stay open for hours, each for the price of a greenlet
worker_connections = 2000
preload_app = True  # imported once, shared by all workers
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - gunicorn makes its file unreadable
control_socket_disable = True

timeout = 60
graceful_timeout = 5  # open streams never end by themselves; browsers connect again
keepalive = 5

limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190


class _Log(Logger):
    access_log_enabled = False  # the application logs each request with its correlation id


logger_class = _Log
errorlog = "-"
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "app.core.log.json_formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"}},
    "root": {"level": "INFO", "handlers": ["console"]},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True}},
}

_metrics = Path(os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", "var/metrics"))


def on_starting(_server):
    """Forget the counts of processes that are no more."""
    _metrics.mkdir(parents=True, exist_ok=True)
    for stale in _metrics.glob("*.db"):
        stale.unlink()


def when_ready(_server):
    """Keep what was imported out of later garbage collections: quicker so, and its memory stays shared."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def child_exit(_server, worker):
    """Take a dead process out of the gauges that count living ones."""
    multiprocess.mark_process_dead(worker.pid)
