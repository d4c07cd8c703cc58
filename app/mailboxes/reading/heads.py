"""The head of a mail: header lines as text, addresses, ids and dates."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from app.mailboxes.reading.limits import LONGEST_HEADER, MOST_ADDRESSES, MOST_HEADERS, MOST_REFERENCES
from app.mailboxes.reading.texts import decoded, plain, readable

Headers = Mapping[str, Sequence[str]]

ID = re.compile(r"<[^<>\s]{1,250}>")
ADDRESS = re.compile(r"[^@\s<>\"(),:;]{1,64}@[^@\s<>\"(),:;]{1,255}")


def headers_of(message: Message) -> Headers:
    """The raw header lines by lower-case name, the first ones of many."""
    found: dict[str, list[str]] = {}
    for name, value in list(message.raw_items())[:MOST_HEADERS]:  # type: ignore[attr-defined]
        found.setdefault(str(name).lower(), []).append(_unfolded(str(value))[:LONGEST_HEADER])
    return found


def text_of(headers: Headers, name: str) -> str:
    """A header as people read it; "" where it is not there."""
    return words_of(first(headers, name))


def first(headers: Headers, name: str) -> str:
    """A header as it came."""
    return next(iter(headers.get(name, ())), "")


def words_of(raw: str) -> str:
    """Encoded words made readable."""
    try:
        pieces = decode_header(raw)
    except Exception:  # noqa: BLE001 - whatever a hostile header does to the parser, it is shown as it came
        return plain(raw)
    return plain("".join(piece if isinstance(piece, str) else decoded(piece, charset) for piece, charset in pieces))


def addresses_of(headers: Headers, *names: str) -> list[tuple[str, str]]:
    """Name and address of everybody in some headers. An address is lower-case and can be written to."""
    raw = [value for name in names for value in headers.get(name, ())]
    try:
        pairs = getaddresses(raw)[:MOST_ADDRESSES]
    except Exception:  # noqa: BLE001 - as above
        return []
    found = [(words_of(name), plain(address).lower()) for name, address in pairs]
    return [(name, address) for name, address in found if ADDRESS.fullmatch(address)]


def ids_of(headers: Headers, name: str) -> list[str]:
    """The message ids in a header."""
    return ID.findall(" ".join(headers.get(name, ())))[-MOST_REFERENCES:]


def answered_by(headers: Headers) -> tuple[str, ...]:
    """What a mail says that it answers, the nearest first."""
    nearest = [*ids_of(headers, "in-reply-to"), *reversed(ids_of(headers, "references"))]
    return tuple(dict.fromkeys(nearest))


def date_of(headers: Headers) -> datetime | None:
    """When it says that it was sent."""
    try:
        moment = parsedate_to_datetime(first(headers, "date"))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _unfolded(value: str) -> str:
    return readable(value.replace("\r", "").replace("\n", ""))
