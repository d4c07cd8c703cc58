"""Email, by any server that speaks SMTP."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import partial

from flask import current_app
from sqlalchemy import func

from app.engine.smtp.mime import Skeleton, Words
from app.engine.smtp.server import PORTS, Server, Unreachable, read_url
from app.engine.smtp.transport import CONNECTIONS, LOST, Letter, Result, Transport
from app.people import details
from app.people.models import Customer
from app.reach.channels.base import (
    SENT,
    Channel,
    Outcome,
    Outgoing,
    Part,
    ProviderTrouble,
    Setting,
    Strategy,
    add_channel,
    add_strategy,
)

AT_FAULT = re.compile(r"5\.(1\.(1|2|3|6|10)|2\.1)\b")  # RFC 3463: the mailbox or its domain is not there
FOR_GOOD = 500
MOST_CONNECTIONS, MOST_PORT = 100, 65_535
GREYLISTED, GREYLISTED_SECONDS, BUSY_SECONDS = (450, 451), 300, 60
LOOKS = (("", "On a sheet, under the shop’s name"), ("plain", "Plain, like a letter typed by hand"))
SECURITY = (("starttls", "STARTTLS, as on port 587"), ("tls", "TLS, as on port 465"), ("none", "None"))


def _fingerprint(typed: str) -> bytes:
    return hashlib.sha256((details.email(typed) or "").lower().encode()).digest()


EMAIL = Channel(
    key="email",
    label="Email",
    icon="mail",
    consent="email",
    parts=(
        Part("subject", "Subject", 200),
        Part("preheader", "Line beside the subject", 200, is_needed=False),
        Part("body", "Text", 50_000, is_long=True),
        Part("button_label", "Button", 80, is_needed=False),
        Part("button_url", "Leads to", 500, is_needed=False),
        Part("look", "Look", 20, is_needed=False, choices=LOOKS),
    ),
    address=lambda: Customer.email,
    fingerprint=lambda: func.sha256(func.convert_to(func.lower(Customer.email), "UTF8")),
    fingerprint_of=_fingerprint,
)
add_channel(EMAIL)


@add_strategy
class Smtp(Strategy):
    """A mail server. Without settings of its own it is the one that the installation is configured with."""

    key = "smtp"
    channel = "email"
    label = "Mail server (SMTP)"
    is_built_in = True
    settings = (
        Setting("sender", "From", hint="Such as Lotus Gifts <hello@lotus.example>. Empty: as other mails of ours."),
        Setting("host", "Server", hint="Empty: the server that this installation sends its own mails by."),
        Setting("security", "Encryption", usual="starttls", choices=SECURITY),
        Setting("port", "Port", hint="Empty: 587, 465 or 25, as the encryption has it."),
        Setting("username", "User name", hint="Empty: it takes mail without signing in."),
        Setting("password", "Password", is_secret=True),
        Setting("connections", "Connections at most", usual="8", hint="Of each worker. Ask your provider."),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        """Raises: ProviderTrouble for settings that make no sense."""
        super().__init__(settings)
        try:
            self._skeleton = Skeleton(settings.get("sender") or current_app.extensions["rapport"].mail_from)
        except ValueError as error:
            raise ProviderTrouble(str(error), "sender") from None
        connections = _number(settings, "connections", CONNECTIONS, MOST_CONNECTIONS)
        self._transport = Transport(_server(settings), connections)

    def send(self, messages: Sequence[Outgoing]) -> list[Outcome]:
        """Hand them to the server. Raises: ProviderTrouble when it takes none."""
        letters = [Letter(self._skeleton.address, (one.address,), partial(self._content, one)) for one in messages]
        try:
            results = self._transport.deliver(letters)
        except Unreachable as reason:
            raise ProviderTrouble(str(reason)) from None
        if all(map(_is_about_provider, results)):
            raise ProviderTrouble(_said(results[0]))
        return [_outcome(result) for result in results]

    def test(self) -> str:
        """Dial, and sign in. Raises: ProviderTrouble."""
        try:
            return self._transport.check()
        except Unreachable as reason:
            raise ProviderTrouble(str(reason)) from None

    def close(self) -> None:
        """Hang up."""
        self._transport.close()

    def _content(self, message: Outgoing, takes_8bit: bool) -> bytes:
        """The mail as it goes; its Message-ID is the same at every try, so that a repeat can be told."""
        parts = message.parts
        words = Words(parts["subject"], parts["text"], parts.get("html", ""), parts.get("unsubscribe_url", ""))
        return self._skeleton.fill(message.address, message.reference, words, takes_8bit)


def _server(settings: Mapping[str, str]) -> Server:
    host, security = settings.get("host", ""), settings.get("security") or "starttls"
    if not host:
        return read_url(current_app.extensions["rapport"].smtp_url)
    port = _number(settings, "port", PORTS[security], MOST_PORT)
    return Server(host, port, security, settings.get("username", ""), settings.get("password", ""))


def _number(settings: Mapping[str, str], key: str, usual: int, most: int) -> int:
    typed = settings.get(key) or str(usual)
    if not typed.isdecimal() or not 1 <= int(typed) <= most:
        raise ProviderTrouble(f"Enter a number from 1 to {most}.", key)
    return int(typed)


def _is_about_provider(result: Result) -> bool:
    """Nobody could be written to so: it takes nothing of this sender, or hangs up."""
    return result.is_about_sender or (result.reply.code == LOST and not result.is_unknown)


def _said(result: Result) -> str:
    return f"{result.reply.code or ''} {result.reply.words}".strip()


def _outcome(result: Result) -> Outcome:
    if result.reply.is_good:
        return SENT
    code, words = result.reply.code, details.without_emails(result.reply.words)
    if result.is_unknown:
        return Outcome("unknown", words=words)
    if code >= FOR_GOOD and not result.is_about_sender:
        return Outcome("failed", code=str(code), words=words, is_for_good=AT_FAULT.match(words) is not None)
    seconds = GREYLISTED_SECONDS if code in GREYLISTED else BUSY_SECONDS
    return Outcome("later", code=str(code or ""), words=words, after_seconds=seconds)
