"""Talking to vendors in the background."""

from datetime import date
from uuid import UUID

from app.core import jobs
from app.payments.actions import online, reconciling


@jobs.job("payments.begin")
def begin(payment_id: str, address: str = "") -> None:
    """Ask the vendor for the money; `address`: the customer's, which vendors want to know of phones."""
    online.begin(UUID(payment_id), address)


@jobs.job("payments.ask")
def ask(payment_id: str) -> None:
    """Learn how a payment stands."""
    online.ask(UUID(payment_id))


@jobs.job("payments.close")
def close(payment_id: str) -> None:
    """Let it not be paid any more."""
    online.close(UUID(payment_id))


@jobs.job("payments.refund")
def refund(refund_id: str) -> None:
    """Give money back."""
    online.refund(UUID(refund_id))


@jobs.job("payments.reconcile")
def reconcile(provider: str, day: str) -> dict[str, int]:
    """Hold a day's statement beside the books."""
    found = reconciling.reconcile(provider, date.fromisoformat(day))
    return {"matched": found.matched, "differences": len(found.differences)}


@jobs.job("payments.learn_keys")
def learn_keys(provider: str) -> None:
    """Learn the keys that a vendor signs with now."""
    online.learn_keys(provider)
