"""What a channel is, what a strategy has to do, and the registries of both."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Insert, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.clock import now
from app.core.db import db

NUMBERS = re.compile(r"\[Errno -?\d+\] ")
"""What systems put before their words; nobody needs it."""
State = Literal["sent", "failed", "later", "unknown"]


@dataclass(frozen=True)
class Part:
    """One of the texts that a template has for a channel, such as the subject of a mail.

    `choices`: where it is one of few, each with its words; "" among them for what holds when nothing is said.
    """

    key: str
    label: str
    longest: int
    is_long: bool = False
    is_needed: bool = True
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Channel:
    """A way to reach people. `consent`: the channel of consent it falls under; `parts`: what is written for it.

    `address` makes the SQL expression that is sent to, NULL for a customer who cannot be reached so; `fingerprint`
    that by which an address is told apart on the suppression list, None where there is nothing to suppress;
    `fingerprint_of` makes the same of an address as people type it. Raises: Invalid for what is none.
    """

    key: str
    label: str
    icon: str
    consent: str
    parts: tuple[Part, ...]
    address: Callable[[], ColumnElement[Any] | InstrumentedAttribute[Any]]
    fingerprint: Callable[[], ColumnElement[Any] | InstrumentedAttribute[Any]] | None = None
    fingerprint_of: Callable[[str], bytes] | None = None


class Outgoing(NamedTuple):
    """One message to one person, ready to go. `reference` is ours, and the same at every try.

    Shape of `parts`: as the channel has them; of a mail subject, text, html, and where one can, `unsubscribe_url`.
    `expires_at`: when it is worth nothing any more, for channels that keep it for somebody.
    """

    reference: str
    person_id: UUID
    address: Any
    parts: Mapping[str, str]
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it. `later`: try again, after so many seconds; `unknown`: it may have gone.

    With `is_for_good` the address itself is at fault, and is not written to again; with `is_unwanted` they told the
    provider that they want no more.
    """

    state: State
    provider_ref: str = ""
    code: str = ""
    words: str = ""
    after_seconds: float = 0
    is_for_good: bool = False
    is_unwanted: bool = False


SENT = Outcome("sent")


class ProviderTrouble(Exception):
    """The provider takes nothing now: wrong credentials, or out of order. The words say what to do.

    `setting`: the one that makes no sense, where it is one.
    """

    def __init__(self, words: str, setting: str = "") -> None:
        super().__init__(NUMBERS.sub("", words))
        self.setting = setting


@dataclass(frozen=True)
class Setting:
    """One field of a provider's row. A secret one is kept encrypted and never shown again."""

    key: str
    label: str
    is_secret: bool = False
    usual: str = ""
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    is_needed: bool = False


class Strategy:
    """How one kind of provider is spoken to. One lives in each worker for each provider, and keeps its connections.

    `batch`: how many messages it takes at once, and at most how many may go twice when a worker dies before it
    wrote down that they went. With one that `is_costly`, what is about to go is written down first, and what may
    have gone is never sent again by itself. One that `is_built_in` needs no row of settings, and serves its channel
    without. One that is not `is_proven` has spoken to a stand-in of its vendor only.
    """

    key: ClassVar[str]
    channel: ClassVar[str]
    label: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]] = ()
    batch: ClassVar[int] = 100
    is_costly: ClassVar[bool] = False
    is_built_in: ClassVar[bool] = False
    is_proven: ClassVar[bool] = True

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.config = settings

    def send(self, messages: Sequence[Outgoing]) -> list[Outcome]:
        """Send them; returns an outcome for each, in order. Raises: ProviderTrouble when none went."""
        raise NotImplementedError

    def look_up(self, reference: str, provider_ref: str) -> Outcome | None:
        """What became of a message that may have gone, where the provider can say; None where it cannot."""
        return None

    def test(self) -> str:
        """Try the settings without writing to anybody; returns what worked, in words. Raises: ProviderTrouble."""
        return "Nothing to try."

    def close(self) -> None:
        """Let go of connections."""


class Local(Strategy):
    """One whose messages are rows of our own database: the statement that writes them also writes down that it did."""

    is_built_in = True

    def insert(self, messages: FromClause) -> Insert:
        """The statement that writes them.

        Shape of `messages`: person_id, reference, at, expires_at, and each of the parts.
        """
        raise NotImplementedError

    def send(self, messages: Sequence[Outgoing]) -> list[Outcome]:
        """Write a few, in the present transaction."""
        for one in messages:
            said = {"person_id": one.person_id, "reference": one.reference, "at": now(), "expires_at": one.expires_at}
            row = select(*(literal(value).label(name) for name, value in (said | dict(one.parts)).items()))
            db.session.execute(self.insert(row.subquery()))
        return [SENT] * len(messages)


CHANNELS: dict[str, Channel] = {}
STRATEGIES: dict[str, type[Strategy]] = {}


def add_channel(channel: Channel) -> None:
    """Let people be reached in one more way."""
    CHANNELS[channel.key] = channel


def add_strategy(strategy: type[Strategy]) -> type[Strategy]:
    """Let a channel be served by one more kind of provider; works as a decorator."""
    STRATEGIES[strategy.key] = strategy
    return strategy
