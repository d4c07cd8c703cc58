"""Mails by the million: what those of one sender share is made once, and what differs is put between it."""

import binascii
import re
import secrets
from base64 import b64encode
from collections.abc import Sequence
from email.policy import SMTP
from email.utils import formatdate
from functools import lru_cache
from time import time
from typing import Any, NamedTuple

LONGEST_LINE = 998
LONGEST_PLAIN_SUBJECT = 200
ENCODED_WORD_BYTES = 42
BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
LINK = re.compile(r"https?://[!-;=?-~]{1,1900}")


class Words(NamedTuple):
    """What one mail says. `unsubscribe`: where a POST ends it (RFC 8058), or ""."""

    subject: str
    text: str
    html: str = ""
    unsubscribe: str = ""


class Skeleton:
    """The mails of one sender: plain text, HTML beside it where there is some, and the headers that readers need.

    `sender` is as a header has it, such as `Lotus Gifts <hello@lotus.example>`. Raises: ValueError for another.
    """

    def __init__(self, sender: str) -> None:
        self.address = _address(sender)
        self.domain = self.address.rpartition("@")[2].encode("idna")
        head = SMTP.header_factory("From", sender).fold(policy=SMTP.clone(utf8=False)).encode("ascii", "replace")
        boundary = b"=_" + secrets.token_hex(16).encode()  # nothing in a mail can hold it, so nothing can end a part
        self._head = head + b"MIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n"
        self._parts = b'Content-Type: multipart/alternative; boundary="%s"\r\n\r\n--%s\r\n' % (boundary, boundary)
        self._between, self._end = b"\r\n--%s\r\n" % boundary, b"\r\n--%s--\r\n" % boundary

    def fill(self, to: str, reference: str, words: Words, takes_8bit: bool) -> bytes:
        """One mail. `reference` becomes its Message-ID; `to` has to be an address that the transport takes."""
        subject, text, html, unsubscribe = words
        head = b"%sDate: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%s@%s>\r\n%s" % (
            self._head,
            _date(int(time())),
            to.encode(),
            subject_words(subject),
            reference.encode("ascii", "replace"),
            self.domain,
            _unsubscribing(unsubscribe) if unsubscribe else b"",
        )
        if not html:
            return head + _part(text, b"plain", takes_8bit)
        plain, rich = _part(text, b"plain", takes_8bit), _part(html, b"html", takes_8bit)
        return b"".join((head, self._parts, plain, self._between, rich, self._end))


def whole_lines(content: bytes) -> bytes:
    """The content with \\r\\n at the end of each line and nowhere a half of it."""
    return BARE.sub(b"\r\n", content)


def _address(sender: str) -> str:
    """The bare address of a sender. Raises: ValueError."""
    found: Sequence[Any] = () if CONTROLS.search(sender) else SMTP.header_factory("From", sender).addresses
    if len(found) != 1 or not found[0].domain or not found[0].username:
        raise ValueError("This is not a sender such as Lotus Gifts <hello@lotus.example>.")
    return str(found[0].addr_spec)


@lru_cache(maxsize=2)
def _date(second: int) -> bytes:
    return formatdate(second).encode()


def subject_words(subject: str) -> bytes:
    """A subject as a header has it: one line, and beyond ASCII in encoded words (RFC 2047)."""
    line = (subject if subject.isprintable() else CONTROLS.sub(" ", subject)).strip()
    if line.isascii() and "=?" not in line and len(line) <= LONGEST_PLAIN_SUBJECT:
        return line.encode()
    words, word = [], b""
    for character in line:
        encoded = character.encode("utf-8", "replace")
        if len(word) + len(encoded) > ENCODED_WORD_BYTES:
            words.append(word)
            word = b""
        word += encoded
    return b"\r\n ".join(b"=?utf-8?b?%s?=" % b64encode(one) for one in (*words, word))


def _unsubscribing(link: str) -> bytes:
    """The headers of RFC 8058; a link that is none is left out."""
    if LINK.fullmatch(link) is None:
        return b""
    return b"List-Unsubscribe: <%s>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" % link.encode()


def _is_short(text: str, longest: int) -> bool:
    """No line of it is longer; looks for one end of a line in each stretch, not at every line."""
    start = 0
    while len(text) - start > longest:
        end = text.rfind("\n", start, start + longest + 1)
        if end < 0:
            return False
        start = end + 1
    return True


def _part(text: str, kind: bytes, takes_8bit: bool) -> bytes:
    """A part with its headers: as it is where it may be, quoted-printable where lines or letters do not fit."""
    is_ascii = text.isascii()
    is_short = _is_short(text, LONGEST_LINE if is_ascii else LONGEST_LINE // 4)
    raw = text.encode("utf-8", "replace")
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\0" in raw:
        raw = raw.replace(b"\0", b"")
    raw = raw.replace(b"\n", b"\r\n")  # in bytes it takes a third of the time
    if is_short and is_ascii:
        coding = b"7bit"
    elif is_short and takes_8bit:
        coding = b"8bit"
    else:
        coding, raw = b"quoted-printable", whole_lines(binascii.b2a_qp(raw, istext=True))
    return b"Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n%s" % (kind, coding, raw)
