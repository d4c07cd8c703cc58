"""What every provider of calls can do."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Account:
    """An account opened for use."""

    account_sid: str
    token: str = field(repr=False)
    number: str = ""
    base_url: str = ""


@dataclass(frozen=True)
class Heard:
    """What a verified request says of a call. `duration_seconds`: None where it says nothing of it."""

    sid: str
    state: str
    is_incoming: bool
    caller: str
    called: str
    duration_seconds: int | None = None


@dataclass(frozen=True)
class Ask:
    """A call to make: first the employee rings, then `answer_url` says whom to connect."""

    to: str
    answer_url: str
    status_url: str


class CannotCall(Exception):
    """The provider will not make this call; the message has its own words."""


class PhoneProvider(ABC):
    """A provider. Nothing here knows the database."""

    key: str
    label: str

    @abstractmethod
    def is_signed(self, account: Account, url: str, form: Mapping[str, str], signature: str) -> bool:
        """The provider sent exactly this to exactly this address."""

    @abstractmethod
    def read(self, form: Mapping[str, str]) -> Heard | None:
        """What a request says; None when it makes no sense."""

    @abstractmethod
    def connect(self, number: str, caller_id: str, status_url: str) -> str:
        """What tells the provider to connect with a number; without one, that nobody can answer."""

    @abstractmethod
    def call(self, account: Account, ask: Ask) -> str:
        """Begin a call; returns the provider's name for it. Raises: CannotCall; httpx.HTTPError to try again."""
