"""A mail server that can be told to misbehave: it speaks RFC 5321 and 2920, and shares no code with the transport."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Kept:
    """A letter as it came, with the dots that were added taken out again."""

    sender: str
    recipients: list[str]
    content: bytes


@dataclass
class Manners:
    """How the server behaves. `refusals`: address -> reply; `hang_up_after`: letters of a connection.

    `drop_at`: numbers of letters at whose end it hangs up without a word, `drop_before`: of those it takes no
    content of; `replies`: number of the letter -> what it says to its content.
    """

    offers: tuple[str, ...] = ("PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES")
    refusals: dict[str, str] = field(default_factory=dict)
    hang_up_after: int = 0
    drop_at: set[int] = field(default_factory=set)
    drop_before: set[int] = field(default_factory=set)
    replies: dict[int, str] = field(default_factory=dict)
    goes_on_for_nobody: bool = False


class FakeMailServer(socketserver.ThreadingTCPServer):
    """Counts `connections` and `reads`: how often something came; keeps what it took in `kept`."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, manners: Manners) -> None:
        self.manners = manners
        self.kept: list[Kept] = []
        self.connections = 0
        self.reads = 0
        self.numbers = 0
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Dialogue)

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@contextmanager
def mail_server(manners: Manners | None = None) -> Iterator[FakeMailServer]:
    """A running server."""
    server = FakeMailServer(manners or Manners())
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class _Dialogue(socketserver.BaseRequestHandler):
    server: FakeMailServer

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as real servers: lines wait for nothing
        self.server.connections += 1
        self.buffer = b""
        self.taken = 0
        self.sender: str | None = None
        self.recipients: list[str] = []
        try:
            self.say("220 fake.test ESMTP")
            while self.command(self.line()):
                pass
        except (ConnectionError, EOFError):
            return

    def say(self, line: str) -> None:
        self.request.sendall(line.encode() + b"\r\n")

    def line(self) -> str:
        while b"\r\n" not in self.buffer:
            self.more()
        line, _end, self.buffer = self.buffer.partition(b"\r\n")
        return line.decode()

    def more(self) -> None:
        came = self.request.recv(65_536)
        if not came:
            raise EOFError
        self.server.reads += 1
        self.buffer += came

    def command(self, line: str) -> bool:
        manners, verb = self.server.manners, line[:4].upper()
        if verb == "EHLO":
            lines = ["fake.test", *manners.offers]
            for name in lines[:-1]:
                self.say(f"250-{name}")
            self.say(f"250 {lines[-1]}")
        elif verb == "MAIL":
            if manners.hang_up_after and self.taken >= manners.hang_up_after:
                self.say("421 4.7.0 Too many messages in this connection")
                return False
            if self.sender is not None:
                self.say("503 5.5.1 Nested MAIL command")
            else:
                address = line[line.index("<") + 1 : line.index(">")]
                refusal = manners.refusals.get(address)
                self.sender = None if refusal else address
                self.say(refusal or "250 2.1.0 Ok")
        elif verb == "RCPT":
            address = line[line.index("<") + 1 : line.index(">")]
            if self.sender is None:
                self.say("503 5.5.1 Need MAIL command")
            elif address in manners.refusals:
                self.say(manners.refusals[address])
            else:
                self.recipients.append(address)
                self.say("250 2.1.5 Ok")
        elif verb == "DATA":
            return self.data()
        elif verb == "RSET":
            self.sender, self.recipients = None, []
            self.say("250 2.0.0 Ok")
        elif verb == "QUIT":
            self.say("221 2.0.0 Bye")
            return False
        else:
            self.say("500 5.5.2 What?")
        return True

    def data(self) -> bool:
        manners = self.server.manners
        if not self.recipients and not (manners.goes_on_for_nobody and self.sender):
            self.say("554 5.5.1 No valid recipients")
            return True
        with self.server.lock:
            number, self.server.numbers = self.server.numbers, self.server.numbers + 1
        if number in manners.drop_before:
            return False
        self.say("354 Go on")
        lines = []
        while (line := self.raw_line()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        if number in manners.drop_at:
            return False
        reply = manners.replies.get(number) or ("250 2.0.0 Kept" if self.recipients else "554 5.5.1 Nobody")
        if reply.startswith("2"):
            self.server.kept.append(Kept(self.sender or "", self.recipients, b"".join(lines)))
        self.taken += 1
        self.sender, self.recipients = None, []
        self.say(reply)
        return True

    def raw_line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            self.more()
        line, end, self.buffer = self.buffer.partition(b"\r\n")
        return line + end
