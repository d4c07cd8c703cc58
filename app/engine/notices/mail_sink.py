"""Mails that went no further than a folder of this machine, as a demo shows them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

SHOWN = 200


@dataclass(frozen=True)
class SentMail:
    """One mail of the folder."""

    name: str
    at: datetime
    to: str
    subject: str
    text: str
    html: str


def list_mails(folder: Path) -> list[SentMail]:
    """The latest mails of the folder, newest first."""
    files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    return [_read(file) for file in files[:SHOWN]]


def _read(file: Path) -> SentMail:
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    return SentMail(
        name=file.stem,
        at=datetime.fromtimestamp(file.stat().st_mtime, UTC),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        text=_body(message, "plain"),
        html=_body(message, "html"),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return part.get_content() if part is not None else ""
