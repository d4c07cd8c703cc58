"""Handing letters to one SMTP server, by a few connections that are kept."""

import os
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from app.engine.smtp.connection import Connection, Lost, Reply
from app.engine.smtp.server import Server, Unreachable

CONNECTIONS = 8
LETTERS_EACH = 12
TRIES = 2
GO_ON, CLOSING = 354, 421
NO_ADDRESS = Reply(553, "5.1.3 This is not an address")
NOT_IN_UTF8 = Reply(553, "5.6.7 The server takes no such addresses")
LOST = 0
NOBODY: Mapping[str, Reply] = MappingProxyType({})
DOT = re.compile(rb"\n\.")  # finds it, or that there is none, in half the time that `in` takes
ADDRESS = re.compile(r"[^\s<>\x00-\x20\x7f]+@[^\s<>@\x00-\x20\x7f]+")


class Letter(NamedTuple):
    """A mail on its way. `content` makes it, in 8 bits or, asked with False, in 7.

    Its lines end with \\r\\n, and neither half stands alone: the next server could take one for the end.
    """

    sender: str
    recipients: Sequence[str]
    content: Callable[[bool], bytes]


class Result(NamedTuple):
    """What the server said. Code 0: the connection was lost; with `is_unknown` so late that it may have gone.

    `refused`: the recipients that it did not take. With `is_about_sender` it takes nothing of this sender.
    """

    reply: Reply
    refused: Mapping[str, Reply] = NOBODY
    is_unknown: bool = False
    is_about_sender: bool = False


class Transport:
    """A few connections to one server, for one process."""

    def __init__(self, server: Server, connections: int = CONNECTIONS) -> None:
        self._server = server
        self._most = connections
        self._lock = threading.Lock()
        self._kept: list[Connection] = []
        self._process = os.getpid()

    def deliver(self, letters: Sequence[Letter]) -> list[Result]:
        """Hand letters over; returns what was said of each, in order. Raises: Unreachable when none could go."""
        with self._lock:
            desk = _Desk(letters)
            lines = [_Line(one) for one in self._connections(min(self._most, -(-len(letters) // LETTERS_EACH)))]
            while lines:
                lines = [line for line in lines if line.go_on(desk) or self._redial(line, desk)]
                if not lines and desk.waiting:
                    desk.give_up()
            return desk.results()

    def check(self) -> str:
        """Dial once and hang up; returns what the server offers, in words. Raises: Unreachable."""
        connection = Connection(self._server)
        connection.quit()
        security = {"tls": "with TLS", "starttls": "with STARTTLS", "none": "without encryption"}[self._server.security]
        signed_in = f", signed in as {self._server.username}" if self._server.username else ""
        return f"{self._server.host}:{self._server.port} answers {security}{signed_in}."

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            for connection in self._kept:
                connection.quit()
            self._kept = []

    def _connections(self, number: int) -> list[Connection]:
        """So many connections where the server lets us, at least one. Raises: Unreachable."""
        if self._process != os.getpid():  # what a parent dialled is the parent's
            self._kept, self._process = [], os.getpid()
        over = [one for one in self._kept if one.is_worn or not one.is_quiet]
        for connection in over:
            self._kept.remove(connection)
            connection.quit()
        while len(self._kept) < number:
            try:
                self._kept.append(Connection(self._server))
            except Unreachable:
                if not self._kept:
                    raise
                break
        return self._kept[:number]

    def _redial(self, line: "_Line", desk: "_Desk") -> bool:
        """Dial anew for a line that ended; False when there is nothing left for it, or the server does not answer."""
        if line.is_over:
            self._kept.remove(line.connection)
            line.connection.quit()
        if not desk.waiting or not line.is_over:
            return False
        try:
            line.take(Connection(self._server))
        except Unreachable as reason:
            desk.why = str(reason)
            return False
        self._kept.append(line.connection)
        return True


class _Desk:
    """The letters of one delivery: which wait, and what was said of each."""

    def __init__(self, letters: Sequence[Letter]) -> None:
        self.letters = letters
        self.waiting = deque(range(len(letters)))
        self.why = ""
        self._results: list[Result | None] = [None] * len(letters)
        self._lost: dict[int, int] = {}

    def settle(self, index: int, result: Result) -> None:
        self._results[index] = result

    def put_back(self, index: int, why: str) -> None:
        """A letter that surely has not gone waits again, unless that happened too often."""
        self._lost[index] = self._lost.get(index, 0) + 1
        if self._lost[index] < TRIES:
            self.waiting.appendleft(index)
        else:
            self.settle(index, Result(Reply(LOST, why)))

    def give_up(self) -> None:
        for index in self.waiting:
            self.settle(index, Result(Reply(LOST, self.why)))
        self.waiting.clear()

    def results(self) -> list[Result]:
        return [result or Result(Reply(LOST, self.why)) for result in self._results]


class _Line:
    """A connection at work: one letter is offered while the content of the one before is being taken."""

    def __init__(self, connection: Connection) -> None:
        self.take(connection)

    def take(self, connection: Connection) -> None:
        self.connection = connection
        self.is_over = False
        self._given: int | None = None
        self._refused = NOBODY
        self._offered: int | None = None
        self._is_deaf = False

    def go_on(self, desk: _Desk) -> bool:
        """Hear what was said of the letters on this line, and say what comes next; False when nothing does."""
        try:
            said = self._hear(desk)
        except Lost as lost:
            self._lose(desk, str(lost))
            return False
        said += self._offer(desk)
        if said:
            self.connection.say(*said)
        if self._given is None and self._offered is None and not self._is_deaf:
            self.is_over = self.connection.is_worn
            return False
        return True

    def _hear(self, desk: _Desk) -> list[bytes]:
        """Settle what is answered; returns what has to be said of the letter that was offered."""
        connection = self.connection
        if self._given is not None:
            desk.settle(self._given, Result(connection.hear()[0], self._refused))
            self._given = None
        elif self._is_deaf:
            connection.hear()
            self._is_deaf = False
        if self._offered is None:
            return []
        index, letter = self._offered, desk.letters[self._offered]
        sender, *recipients, data = connection.hear(len(letter.recipients) + 2)
        if CLOSING in (sender.code, data.code):
            raise Lost(f"{CLOSING} {(sender if sender.code == CLOSING else data).words}")
        self._offered = None
        refused = {to: one for to, one in zip(letter.recipients, recipients, strict=True) if not one.is_good}
        if data.code == GO_ON and len(refused) < len(recipients):
            self._given, self._refused = index, refused
            return [_stuffed(letter.content(connection.takes_8bit))]
        self._is_deaf = True
        reply = next((one for one in (sender, *recipients, data) if not one.is_good), data)
        desk.settle(index, Result(reply, refused, is_about_sender=not sender.is_good))
        return [b".\r\n" if data.code == GO_ON else b"RSET\r\n"]

    def _offer(self, desk: _Desk) -> list[bytes]:
        """The commands that offer the next letter that can be."""
        while desk.waiting and not self.connection.is_worn:
            index = desk.waiting.popleft()
            letter = desk.letters[index]
            if problem := self._problem(letter):
                desk.settle(index, Result(problem))
                continue
            self._offered = index
            self.connection.count()
            return _opening(letter, self.connection)
        return []

    def _problem(self, letter: Letter) -> Reply | None:
        """What keeps a letter from being offered at all: an address that would end the command, or is unknown here."""
        recipients = letter.recipients
        if not recipients or not _is_address(letter.sender) or not all(map(ADDRESS.fullmatch, recipients)):
            return NO_ADDRESS
        return None if self.connection.takes_utf8 or _is_ascii(letter) else NOT_IN_UTF8

    def _lose(self, desk: _Desk, why: str) -> None:
        """The connection ended: what it was given may have gone, what it was offered has not."""
        self.is_over = True
        if self._given is not None:
            desk.settle(self._given, Result(Reply(LOST, why), is_unknown=True))
        if self._offered is not None:
            desk.why = why
            desk.put_back(self._offered, why)


@lru_cache(maxsize=64)
def _is_address(sender: str) -> bool:
    return ADDRESS.fullmatch(sender) is not None


def _is_ascii(letter: Letter) -> bool:
    return letter.sender.isascii() and all(map(str.isascii, letter.recipients))


def _opening(letter: Letter, connection: Connection) -> list[bytes]:
    """The commands that offer a letter."""
    is_in_utf8 = connection.takes_utf8 and not _is_ascii(letter)
    recipients = [f"RCPT TO:<{one}>\r\n".encode() for one in letter.recipients]
    return [_sender(letter.sender, connection.takes_8bit, is_in_utf8), *recipients, b"DATA\r\n"]


@lru_cache(maxsize=64)
def _sender(address: str, is_in_8bit: bool, is_in_utf8: bool) -> bytes:
    """The command that names it, with what the letter needs of the server."""
    options = " BODY=8BITMIME" * is_in_8bit + " SMTPUTF8" * is_in_utf8
    return f"MAIL FROM:<{address}>{options}\r\n".encode()


def _stuffed(content: bytes) -> bytes:
    """The content with a second dot before each that begins a line, and its end."""
    if DOT.search(content) or content.startswith(b"."):
        content = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
    return content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")


@lru_cache(maxsize=16)
def transport_to(server: Server) -> Transport:
    """The transport of this process to a server."""
    return Transport(server)
