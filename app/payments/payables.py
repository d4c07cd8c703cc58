"""What can be paid: upper packages declare it, and are told of its money in the same transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from app.core.access import Actor
from app.payments.models import Payment, PaymentRefund


@dataclass(frozen=True, eq=False)
class Payable:
    """A kind of thing that is paid. `key` is a kind of record too, so that its name and page are known.

    `lock(id)` takes its row before any payment's, so that all that happens to its money happens in a line.
    `settle(payment, actor)` counts money that came in; False when nothing like that is owed any more.
    `gave_back(payment, refund, actor)` and `kept(payment, refund)` tell that a refund is done, or failed.
    """

    key: str
    lock: Callable[[UUID], object]
    settle: Callable[[Payment, Actor], bool]
    gave_back: Callable[[Payment, PaymentRefund, Actor], None]
    kept: Callable[[Payment, PaymentRefund], None]


PAYABLES: dict[str, Payable] = {}


def add_payable(payable: Payable) -> None:
    """Let one more kind of thing be paid."""
    PAYABLES[payable.key] = payable
