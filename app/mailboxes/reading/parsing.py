"""The one function that reads a mail: `parse(raw)`. It never raises."""

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32
from typing import Any

from app.core.log import get
from app.mailboxes.reading import heads, programs, texts
from app.mailboxes.reading.limits import (
    HEAD_BYTES,
    LARGEST_BYTES,
    LONGEST_HEADER,
    LONGEST_HTML,
    LONGEST_TEXT,
    LONGEST_WORDS,
    MOST_CONTAINERS,
    MOST_FILES,
    MOST_PARTS,
    MOST_SEPARATORS,
)
from app.mailboxes.reading.parsed import ParsedFile, ParsedMail

UNREADABLE = "The mail is built in a way that cannot be read here. It is kept as it came."
CONTAINERS = re.compile(rb"content-type:\s*(multipart|message)/", re.IGNORECASE)

log = get(__name__)


class _Careful(Compat32):
    """Header lines as they came, with an end to how much of one is taken apart.

    The standard library's newer policies take every line apart by a grammar whenever it is looked at: most of the
    time that a mail took, for nothing that `heads` does not do.
    """

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        return texts.readable(str(value)[:LONGEST_HEADER])


POLICY = _Careful(max_line_length=None)


def parse(raw: bytes) -> ParsedMail:
    """Read a mail, as far as it makes sense; what does not is said in `left_out`."""
    try:
        return _parse(raw[:LARGEST_BYTES])
    except Exception:
        log.warning("mail.unreadable", exc_info=True)
        return _head_only(raw)


def _parse(raw: bytes) -> ParsedMail:
    if not is_sane(raw):
        return _head_only(raw)
    message = BytesParser(policy=POLICY).parsebytes(raw)
    headers = heads.headers_of(message)
    bodies = _Bodies()
    bodies.take(message)
    bounces, lost = programs.bounces_of(message, headers)
    written = texts.tidy(bodies.text) or texts.text_of_html(bodies.html)
    words, quoted = texts.parted(written)
    if len(words) > LONGEST_WORDS:
        words, quoted = words[:LONGEST_WORDS] + "…", words[LONGEST_WORDS:] + "\n\n" + quoted
    return _of_head(headers, words=words, quoted=quoted[:LONGEST_TEXT], html=bodies.html, files=tuple(bodies.files),
        left_out=tuple(bodies.left_out), bounces=bounces, lost=lost)  # fmt: skip


def is_sane(raw: bytes) -> bool:
    """No more parts and layers than people's mails have; counted before anything is taken apart."""
    end_of_head = min((place for place in (raw.find(b"\n\n"), raw.find(b"\r\n\r\n")) if place >= 0), default=len(raw))
    if end_of_head > HEAD_BYTES:
        return False
    layers = sum(1 for _found in CONTAINERS.finditer(raw))
    return layers <= MOST_CONTAINERS and raw.count(b"\n--") <= MOST_SEPARATORS


def _head_only(raw: bytes) -> ParsedMail:
    try:
        head = re.split(rb"\r?\n\r?\n", raw[:HEAD_BYTES], maxsplit=1)[0]
        headers = heads.headers_of(BytesParser(policy=POLICY).parsebytes(head, headersonly=True))
        return _of_head(headers, left_out=(UNREADABLE,))
    except Exception:  # noqa: BLE001 - as above
        return ParsedMail(left_out=(UNREADABLE,))


def _of_head(headers: heads.Headers, *, lost: tuple[str, ...] = (), **said: Any) -> ParsedMail:
    sender = next(iter(heads.addresses_of(headers, "from")), ("", ""))
    return ParsedMail(
        message_id=next(iter(heads.ids_of(headers, "message-id")), ""),
        answered_ids=lost or heads.answered_by(headers),
        from_name=sender[0][:200],
        from_address=sender[1],
        to=tuple(address for _name, address in heads.addresses_of(headers, "to")),
        cc=tuple(address for _name, address in heads.addresses_of(headers, "cc")),
        subject=heads.text_of(headers, "subject")[:500],
        sent_at=heads.date_of(headers),
        automatic=programs.why_automatic(headers, sender[1]),
        is_forged=programs.failed_checks(headers),
        **said,
    )


class _Bodies:
    """What the parts of a mail hold, in their order: text, layout, files."""

    def __init__(self) -> None:
        self.text = self.html = ""
        self.files: list[ParsedFile] = []
        self.left_out: list[str] = []
        self.parts = 0

    def take(self, message: Message) -> None:
        """Take the leaves of the tree, as many as people's mails have."""
        for part in _leaves(message):
            self.parts += 1
            if self.parts > MOST_PARTS or len(self.files) >= MOST_FILES:
                self.left_out.append("It has more parts than are shown.")
                return
            self._take_leaf(part)

    def _take_leaf(self, part: Message) -> None:
        kind, name = part.get_content_type(), heads.words_of(part.get_filename() or "")
        is_file = bool(name) or part.get_content_disposition() == "attachment"
        if kind in ("text/plain", "text/html") and not is_file:
            text = texts.decoded(_content(part), _charset(part))
            if kind == "text/plain":
                self.text = f"{self.text}\n\n{text}"[: 2 * LONGEST_TEXT]
            elif texts.is_too_deep(text):
                self.left_out.append(UNREADABLE)
            else:
                self.html = f"{self.html}{text}"[:LONGEST_HTML].replace("\x00", "")
            return
        content = _content(part)
        if content and kind != "message/delivery-status":
            identity = texts.plain(str(part.get("content-id", ""))).strip("<>")
            self.files.append(ParsedFile(name[:200] or _name_for(kind), kind, content, identity[:200]))


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something; a mail within a mail is a file. Of alternatives all, as they are told apart."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting.extend(reversed(programs.parts_of(part)))
        else:
            yield part


def _content(part: Message) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = programs.parts_of(part)
        return _bytes_of(inner[0]) if inner else b""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _bytes_of(message: Message) -> bytes:
    try:
        return message.as_bytes(policy=POLICY)
    except Exception:  # noqa: BLE001 - a mail that cannot be written again is left out
        return b""


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except (LookupError, ValueError, UnicodeError):
        return None


def _name_for(kind: str) -> str:
    return {"message/rfc822": "message.eml", "text/calendar": "invitation.ics"}.get(kind, "file")
