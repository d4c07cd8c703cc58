"""Taking money by hand, and asking a vendor for it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.core import jobs
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.core.money import LARGEST_MINOR, format_money
from app.payments import queries, steps
from app.payments.actions import settling
from app.payments.models import OPEN, Payment
from app.payments.providers.base import AT_A_COMPUTER, OnlineProvider, Payer
from app.payments.providers.known import PROVIDERS

MOST_OPEN = 5


@dataclass(frozen=True)
class Due:
    """What is to be paid, and by whom."""

    kind: str
    id: UUID
    customer_id: UUID
    amount_minor: int
    currency: str
    description: str


def take(due: Due, provider: str, *, actor: Actor) -> Payment:
    """Count money that a person took: at the counter or by bank transfer. The payable's row is locked by the caller."""
    way = PROVIDERS.get(provider)
    if way is None or isinstance(way, OnlineProvider):
        raise Invalid(errors={"provider": ["Choose how it was paid."]})
    payment = _begin(due, provider, actor)
    payment.taken_by = actor.id
    amount = format_money(due.amount_minor, due.currency)
    detail = {"taken by": actor.name, "how": way.label}
    steps.note(payment.payment_id, f"Hands over {amount}", sender="customer", detail=detail)
    settling.settle(payment, actor=actor)
    return payment


def ask_for(due: Due, provider: str, *, actor: Actor, payer: Payer = AT_A_COMPUTER) -> Payment:
    """Begin a payment that a vendor runs, or go on with one that waits. The payable's row is locked by the caller.

    One that was begun on another device is left to end by itself: its address is of no use on this one.

    Raises: Invalid for a way that is not offered; Conflict when too many were begun already.
    """
    way = next((one for one in queries.ways_to_pay(due.currency) if one.key == provider), None)
    if not isinstance(way, OnlineProvider):
        raise Invalid(errors={"pay_by": ["Choose how to pay."]})
    time_to_pay = way.time_to_pay(payer.device)
    same = (Payment.payable_kind == due.kind, Payment.payable_id == due.id, Payment.state.in_(OPEN))
    waiting = db.session.scalar(
        select(Payment).where(
            *same,
            Payment.provider == provider,
            Payment.device == payer.device,
            Payment.amount_minor == due.amount_minor,
            Payment.expires_at > now() + time_to_pay / 6,
        )
    )
    if waiting is not None:
        return waiting
    if (db.session.scalar(select(func.count()).where(*same)) or 0) >= MOST_OPEN:
        raise Conflict("You began to pay several times. Please wait some minutes, or pay at the counter.")
    payment = _begin(due, provider, actor)
    payment.device, payment.expires_at = payer.device, now() + time_to_pay
    chosen = {"how": way.label, "amount": format_money(due.amount_minor, due.currency), "number": payment.trade_no}
    steps.note(payment.payment_id, "Chooses how to pay", sender="customer", detail=chosen)
    args = {"payment_id": str(payment.payment_id), "address": payer.address}
    jobs.enqueue("payments.begin", args, lane="critical", max_attempts=6)
    return payment


def _begin(due: Due, provider: str, actor: Actor) -> Payment:
    if not 0 < due.amount_minor <= LARGEST_MINOR:
        raise Invalid(errors={"amount": ["Enter an amount above zero."]})
    payment = Payment(
        payable_kind=due.kind,
        payable_id=due.id,
        customer_id=due.customer_id,
        provider=provider,
        amount_minor=due.amount_minor,
        currency=due.currency,
        description=due.description,
    )
    db.session.add(payment)
    db.session.flush()
    return payment
