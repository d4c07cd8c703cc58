"""One connection to an SMTP server, after the greeting: what is said goes out at once, replies come in order."""

import select
from functools import lru_cache
from time import monotonic
from typing import NamedTuple

from app.engine.smtp.server import Server, dial

MOST_LETTERS = 500
LONGEST_SECONDS = 60
REPLY_SECONDS = 60
LONGEST_REPLY = 16_384
LONGEST_WORDS = 300
GOOD, GO_ON = 200, 300


class Reply(NamedTuple):
    """What a server answered."""

    code: int
    words: str

    @property
    def is_good(self) -> bool:
        """It did what it was asked to."""
        return GOOD <= self.code < GO_ON


@lru_cache(maxsize=256)
def _reply(line: bytes) -> Reply:
    """What one line says; a server says the same again and again."""
    return Reply(int(line[:3]), line[4:].decode("utf-8", "replace").strip()[:LONGEST_WORDS])


class Lost(Exception):
    """The connection ended, or nothing came for too long."""


class Connection:
    """A connection that is ready for mail.

    Where the server offers it (RFC 2920), all that is said at once goes as one write; otherwise each command waits
    for the reply to the one before.
    """

    def __init__(self, server: Server) -> None:
        """Dial. Raises: Unreachable."""
        self._smtp = dial(server)
        assert self._smtp.sock is not None
        self._socket = self._smtp.sock
        self._socket.settimeout(REPLY_SECONDS)
        self.takes_8bit = self._smtp.has_extn("8bitmime")
        self.takes_utf8 = self._smtp.has_extn("smtputf8")
        self._is_pipelining = self._smtp.has_extn("pipelining")
        self._until = monotonic() + LONGEST_SECONDS
        self._letters = 0
        self._begun = self._ahead = b""
        self._heard: list[Reply] = []
        self._end: Lost | None = None

    @property
    def is_worn(self) -> bool:
        """It took so many letters, or lasts so long, that a new one is better."""
        return self._letters >= MOST_LETTERS or monotonic() > self._until

    @property
    def is_quiet(self) -> bool:
        """Nothing came in unasked, such as the word that the server hangs up."""
        return self._end is None and not select.select([self._socket], [], [], 0)[0]

    def say(self, *commands: bytes) -> None:
        """Send commands, or the content of a letter; a failure shows when the reply is missing."""
        try:
            if self._is_pipelining:
                self._socket.sendall(b"".join(commands))
                return
            for command in commands:
                awaited = len(self._heard) + 1
                self._socket.sendall(command)
                while len(self._heard) < awaited:
                    self._listen()
        except OSError as error:
            if not self._is_pipelining:
                self._end = Lost(str(error))
        except Lost as lost:
            self._end = lost

    def count(self) -> None:
        """One letter more."""
        self._letters += 1

    def hear(self, many: int = 1) -> list[Reply]:
        """The next replies. Raises: Lost, and none of them is gone by it."""
        while len(self._heard) < many:
            if self._end is not None:
                raise self._end
            self._listen()
        replies = self._heard[:many]
        del self._heard[:many]
        return replies

    def _listen(self) -> None:
        """Take what came, and of it the replies that are whole: the last line of one has no dash behind its code."""
        try:
            more = self._socket.recv(LONGEST_REPLY)
        except OSError as error:
            raise Lost(str(error)) from None
        if not more or len(self._begun) > LONGEST_REPLY:
            raise Lost("it hung up")
        *lines, self._begun = (self._begun + more).split(b"\n")
        for line in lines:
            whole = self._ahead[:LONGEST_WORDS] + b" " + line[4:] if self._ahead else line
            if line[3:4] == b"-":
                self._ahead = whole
                continue
            if not line[:3].isdigit():
                raise Lost(f"it said {line[:LONGEST_WORDS]!r}")
            self._ahead = b""
            self._heard.append(_reply(whole))

    def quit(self) -> None:
        """Say goodbye, and do not wait for the answer."""
        if self._is_pipelining and self._end is None:
            self.say(b"QUIT\r\n")
        self._smtp.close()
