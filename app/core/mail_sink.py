"""The post office of `make run`: takes every message over SMTP and keeps it as a file instead of sending it.

`python rapport.py mail` listens at SMTP_URL and writes to MAIL_SINK_DIR; the page /dev/mail shows what came.
"""

import itertools
import os
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

KEPT_MESSAGES = 500
LARGEST_MESSAGE_BYTES = 25 * 1024 * 1024


class Sink:
    """Writes each message as one .eml file whose name sorts by arrival; the oldest make room."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = itertools.count()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one message; the answer is sent only when it is on disk."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{next(self.numbers):04}"
        unfinished = self.folder / f"{name}.part"
        content = envelope.original_content or b""
        unfinished.write_bytes(f"X-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n".encode() + content)
        unfinished.rename(self.folder / f"{name}.eml")
        for old in sorted(self.folder.glob("*.eml"))[:-KEPT_MESSAGES]:
            old.unlink(missing_ok=True)
        return "250 Kept"


def open_sink(folder: Path, host: str, port: int) -> Controller:
    """Start to listen, in a thread of its own; stop it with `.stop()`."""
    folder.mkdir(parents=True, exist_ok=True)
    sink = Controller(Sink(folder), hostname=host, port=port, data_size_limit=LARGEST_MESSAGE_BYTES)
    sink.start()
    return sink


def main() -> int:
    """Take messages until told to stop."""
    address = urlsplit(os.environ["SMTP_URL"])
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    sink = open_sink(Path(os.environ["MAIL_SINK_DIR"]), address.hostname or "127.0.0.1", address.port or 25)
    stop.wait()
    sink.stop()
    return 0
