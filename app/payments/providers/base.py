"""What every way to pay can do, and what it answers with."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from app.payments.providers.wire import Wire


@dataclass(frozen=True)
class Setting:
    """One thing that a provider's account needs. Secrets are kept sealed and never shown again."""

    name: str
    label: str
    help: str = ""
    is_secret: bool = False
    is_long: bool = False


@dataclass(frozen=True)
class Credentials:
    """An account opened for use: its settings by name, the vendor's address and ours for notifications.

    `learnt`: the vendor's keys that were learnt since, by serial number; `learn(keys)` keeps them.
    """

    values: Mapping[str, str] = field(repr=False)
    base_url: str
    notify_url: str
    learn: Callable[[Mapping[str, str]], None]
    learnt: Mapping[str, str]


Device = Literal["computer", "phone"]


@dataclass(frozen=True)
class Payer:
    """What the customer pays from: a phone opens the vendor's app, a computer its page or a code."""

    device: Device = "computer"
    address: str = ""


AT_A_COMPUTER = Payer()


@dataclass(frozen=True)
class Bill:
    """What the customer is asked to pay."""

    trade_no: str
    amount_minor: int
    currency: str
    description: str
    expires_at: datetime
    return_url: str
    payer: Payer = AT_A_COMPUTER


@dataclass(frozen=True)
class Trade:
    """How a payment stands with the vendor. Units: minor."""

    state: Literal["waiting", "paid", "closed", "unknown"]
    reference: str = ""
    amount_minor: int = 0
    currency: str = ""
    paid_at: datetime | None = None


@dataclass(frozen=True)
class RefundAsk:
    """What shall go back of a trade. Units: minor."""

    trade_no: str
    refund_no: str
    amount_minor: int
    total_minor: int
    currency: str
    reason: str


@dataclass(frozen=True)
class Refunded:
    """How a refund stands with the vendor."""

    state: Literal["done", "waiting", "failed", "unknown"]
    reference: str = ""
    words: str = ""


@dataclass(frozen=True)
class Notice:
    """What a verified notification says: of a trade or of a refund."""

    key: str
    trade_no: str
    trade: Trade | None = None
    refund_no: str = ""
    refund: Refunded | None = None
    words: str = ""


@dataclass(frozen=True)
class StatementLine:
    """A line of the vendor's statement. `number` is ours; a refund has the refund's. Units: minor, above zero."""

    kind: Literal["payment", "refund"]
    number: str
    reference: str
    amount_minor: int


@dataclass(frozen=True)
class Reply:
    """What a notification is answered with."""

    body: str
    status: int = 200
    mimetype: str = "text/plain"


@dataclass(frozen=True)
class Provider:
    """A way to pay whose money a person takes: it is paid once somebody says so."""

    key: str
    label: str
    about: str
    icon: str = "cash"
    currencies: tuple[str, ...] = ()

    def takes(self, currency: str) -> bool:
        """Money of this currency can be paid so."""
        return not self.currencies or currency in self.currencies


@dataclass(frozen=True)
class OnlineProvider(Provider, ABC):
    """A way to pay that a vendor runs. Calls raise VendorBusy and VendorRefused; none of them is made in a request."""

    live_url: str = ""
    hosts: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    accepted: Reply = Reply("success")
    refused: Reply = Reply("failure", 400)

    def time_to_pay(self, device: Device) -> timedelta:
        """How long a customer has; the address they pay at lives as long."""
        return timedelta(minutes=30)

    @abstractmethod
    def check_settings(self, values: Mapping[str, str]) -> dict[str, list[str]]:
        """What is wrong with the settings of an account, by name."""

    @abstractmethod
    def create(self, account: Credentials, bill: Bill, wire: Wire) -> str:
        """Ask for the money; returns the address at which the customer pays."""

    @abstractmethod
    def query(self, account: Credentials, trade_no: str, wire: Wire) -> Trade:
        """How a payment stands."""

    @abstractmethod
    def close(self, account: Credentials, trade_no: str, wire: Wire) -> None:
        """Let it not be paid any more. Raises: VendorRefused when it was paid already."""

    @abstractmethod
    def refund(self, account: Credentials, ask: RefundAsk, wire: Wire) -> Refunded:
        """Give money back; the same ask twice gives back once."""

    @abstractmethod
    def query_refund(self, account: Credentials, ask: RefundAsk, wire: Wire) -> Refunded:
        """How a refund stands."""

    @abstractmethod
    def read_notification(self, account: Credentials, raw: bytes, headers: Mapping[str, str]) -> Notice:
        """Read what came to our address, after its signature held. Raises: Forged."""

    def learn_keys(self, account: Credentials, wire: Wire) -> None:
        """Fetch the keys that the vendor signs with now, and keep them."""

    @abstractmethod
    def statement(self, account: Credentials, day: date, wire: Wire) -> list[StatementLine]:
        """What the vendor's books say of a day, in its own time zone."""
