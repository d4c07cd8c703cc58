"""A real SMTP server for tests: keeps every message, refuses whom it is told to."""

import asyncio
import socket
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller


def free_port() -> int:
    """A local port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MailServer:
    """Listens on a free local port.

    `messages` in the order they came; `refusals` maps an address to the reply it gets;
    `seconds_per_message` is how long it thinks about a message it has kept already before it says so.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refusals: dict[str, str] = {}
        self.seconds_per_message = 0.0
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    def __enter__(self) -> "MailServer":
        self._controller.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        """Where it listens, as SMTP_URL has it."""
        return f"smtp://127.0.0.1:{self._controller.port}"

    def to(self, address: str) -> list[EmailMessage]:
        """The messages one address received."""
        return [message for message in self.messages if address in message["To"]]

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:  # noqa: N802 - aiosmtpd's name
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        await asyncio.sleep(self.seconds_per_message)
        return "250 OK"
