"""Reading a mailbox by IMAP: connect, ask what is new, fetch, mark as seen. Nothing here knows the database."""

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

TIMEOUT_SECONDS = 20
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
UID = re.compile(rb"UID (\d+)")
NUMBER = re.compile(rb"\d+")


class CannotFetch(Exception):
    """The mailbox cannot be read; the message says why, for people."""


@dataclass(frozen=True)
class Place:
    """Where a mailbox is read."""

    host: str
    port: int
    security: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Folder:
    """How the inbox stands at the server: its present numbering, and the number the next mail gets."""

    uid_validity: int
    uid_next: int


class Inbox:
    """An inbox that is open at its server."""

    def __init__(self, connection: imaplib.IMAP4, folder: Folder) -> None:
        self._connection, self.folder = connection, folder

    def uids_after(self, uid: int) -> list[int]:
        """The numbers of the mails that came after one, the oldest first."""
        found = self._ask("SEARCH", "UID", f"{uid + 1}:*")
        return sorted(number for number in map(int, NUMBER.findall(_first(found))) if number > uid)

    def uids_since(self, day: datetime) -> list[int]:
        """The numbers of the mails that came on a day or later."""
        return sorted(map(int, NUMBER.findall(_first(self._ask("SEARCH", "SINCE", imaplib_day(day))))))

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """How many bytes some mails have; those that are gone meanwhile are left out."""
        lines = _lines(self._ask("FETCH", _set(uids), "(RFC822.SIZE)"))
        found = [(UID.search(line), SIZE.search(line)) for line in lines]
        return {int(uid[1]): int(size[1]) for uid, size in found if uid and size}

    def fetch(self, uids: Sequence[int], *, heads_only: bool = False) -> dict[int, bytes]:
        """Some mails, or their heads; those that are gone meanwhile are left out."""
        answer = self._ask("FETCH", _set(uids), "(BODY.PEEK[HEADER])" if heads_only else "(BODY.PEEK[])")
        found = {}
        for one, behind in zip(answer, [*answer[1:], b""], strict=True):
            if isinstance(one, tuple):  # the number stands before the mail or behind it
                uid = UID.search(one[0]) or UID.search(behind if isinstance(behind, bytes) else b"")
                found.update({int(uid[1]): one[1]} if uid else {})
        return found

    def mark_seen(self, uids: list[int]) -> None:
        """Let the server know which mails were taken in."""
        if uids:
            self._ask("STORE", _set(uids), "+FLAGS.SILENT", r"(\Seen)")

    def _ask(self, command: str, *arguments: str) -> list[object]:
        state, answer = self._connection.uid(command, *arguments)
        if state != "OK":
            raise CannotFetch(f"The server refused {command}: {_first(answer).decode('utf-8', 'replace')[:200]}")
        return answer


@contextmanager
def opened(place: Place) -> Iterator[Inbox]:
    """The inbox, open for as long as the block lasts. Raises: CannotFetch."""
    try:
        connection = _connect(place)
        try:
            connection.login(place.user, place.password)
            connection.select("INBOX")
            yield Inbox(connection, _folder(connection))
        finally:
            _leave(connection)
    except imaplib.IMAP4.error as error:
        raise CannotFetch(_words(error)) from error
    except ssl.SSLError as error:
        raise CannotFetch(f"The connection is not safe: {error.reason or error}") from error
    except OSError as error:
        raise CannotFetch(f"The server does not answer: {error.strerror or error}") from error


def _connect(place: Place) -> imaplib.IMAP4:
    if place.security == "tls":
        return imaplib.IMAP4_SSL(
            place.host, place.port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT_SECONDS
        )
    connection = imaplib.IMAP4(place.host, place.port, timeout=TIMEOUT_SECONDS)
    if place.security == "starttls":
        connection.starttls(ssl.create_default_context())
    return connection


def _folder(connection: imaplib.IMAP4) -> Folder:
    _state, answer = connection.status("INBOX", "(UIDVALIDITY UIDNEXT)")
    said = dict(re.findall(rb"(UIDVALIDITY|UIDNEXT) (\d+)", _first(answer)))
    return Folder(int(said[b"UIDVALIDITY"]), int(said[b"UIDNEXT"]))


def _leave(connection: imaplib.IMAP4) -> None:
    try:
        connection.logout()
    except (imaplib.IMAP4.error, OSError):
        return  # it was broken already, which whoever used it has heard


def _words(error: imaplib.IMAP4.error) -> str:
    words = error.args[0] if error.args else ""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    if "AUTHENTICATIONFAILED" in text.upper() or "LOGIN" in text.upper():
        return f"The server does not know this user or password: {text[:200]}"
    return f"The server answered strangely: {text[:200]}"


def imaplib_day(day: datetime) -> str:
    """A day as IMAP writes it, whatever the language of this machine."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{day.day:02}-{months[day.month - 1]}-{day.year}"


def _set(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))


def _first(answer: list[object]) -> bytes:
    return next((one for one in answer if isinstance(one, bytes)), b"")


def _lines(answer: list[object]) -> list[bytes]:
    return [one[0] if isinstance(one, tuple) else one for one in answer if isinstance(one, bytes | tuple)]
