"""What a mail says."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class ParsedFile:
    """A file of a mail. `content_id`: what its layout calls it, "" where it does not."""

    name: str
    media_type: str
    content: bytes = field(repr=False)
    content_id: str = ""


@dataclass(frozen=True)
class Bounce:
    """That a mail did not reach an address. `status` is 5.1.1 or the like; `is_final`: trying again will not help.

    With `is_complaint` it arrived, and whoever got it reported it as unwanted; the address is mostly left out.
    """

    address: str
    status: str
    reason: str
    is_final: bool
    is_complaint: bool = False


@dataclass(frozen=True)
class ParsedMail:
    """A mail as people read it.

    `words` are what its sender wrote, `quoted` the history below them. `automatic` says why a program wrote it,
    "" for a person. `answered_ids`: what it answers, the nearest first; for a bounce, what did not arrive.
    """

    message_id: str = ""
    answered_ids: tuple[str, ...] = ()
    from_name: str = ""
    from_address: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    subject: str = ""
    sent_at: datetime | None = None
    words: str = ""
    quoted: str = ""
    html: str = field(default="", repr=False)
    files: tuple[ParsedFile, ...] = ()
    left_out: tuple[str, ...] = ()
    automatic: str = ""
    bounces: tuple[Bounce, ...] = ()
    is_forged: bool = False
