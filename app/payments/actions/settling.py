"""Counting money: what came in and what went back, each once, whoever says so and however often."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core import jobs
from app.core.access import SYSTEM, Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.money import format_money
from app.engine.events import actions as events
from app.payments import steps
from app.payments.models import Payment, PaymentRefund
from app.payments.payables import PAYABLES
from app.payments.providers.base import OnlineProvider, Refunded, Trade
from app.payments.providers.known import PROVIDERS, label_of

LONGEST_REASON = 500
TWICE = "Nothing was owed any more"


class Differs(Conflict):
    """The vendor speaks of another amount than ours."""

    title = "The amounts differ"


class NothingLeftToGiveBack(Conflict):
    """What is asked back was given back already, in whole or in part."""

    title = "That is more than can be given back"


def lock(payment_id: UUID) -> Payment:
    """Take what is paid and then the payment, for the rest of the transaction. Raises: NotFound."""
    payment = db.session.get(Payment, payment_id)
    if payment is None:
        raise NotFound
    PAYABLES[payment.payable_kind].lock(payment.payable_id)
    db.session.refresh(payment, with_for_update=True)
    return payment


def settle(payment: Payment, *, actor: Actor, reference: str | None = None, at: datetime | None = None) -> None:
    """Count a locked payment as paid, once. Money that nobody owed any more is given back at once."""
    if payment.state == "paid":
        return
    payment.state, payment.paid_at, payment.reference = "paid", at or now(), reference
    payment.failure = ""
    amount = format_money(payment.amount_minor, payment.currency)
    steps.note(payment.payment_id, f"{amount} is paid", detail={"reference": reference})
    db.session.flush()
    payment.is_surplus = not PAYABLES[payment.payable_kind].settle(payment, actor)
    db.session.flush()
    _tell("payment.paid", payment, payment.amount_minor, actor)
    if payment.is_surplus:
        ask_refund(payment, payment.amount_minor, reason=TWICE, actor=SYSTEM)
    _close_others(payment)


def apply_trade(payment_id: UUID, trade: Trade) -> Payment:
    """Let a payment stand as the vendor says. Raises: Differs for another amount or currency than ours."""
    payment = lock(payment_id)
    if trade.state == "paid":
        if (trade.amount_minor, trade.currency) != (payment.amount_minor, payment.currency):
            told = format_money(trade.amount_minor, trade.currency)
            raise Differs(f"{label_of(payment.provider)} speaks of {told}.")
        settle(payment, actor=SYSTEM, reference=trade.reference, at=trade.paid_at)
    elif trade.state == "closed" and payment.is_open:
        end(payment, "closed", "The vendor closed it")
    return payment


def end(payment: Payment, state: str, words: str) -> None:
    """Let a locked payment not be paid any more."""
    payment.state, payment.closed_at = state, now()
    payment.failure = words if state == "failed" else ""
    steps.note(payment.payment_id, words, is_good=state != "failed")
    db.session.flush()


def ask_refund(payment: Payment, amount_minor: int, *, reason: str, actor: Actor) -> PaymentRefund:
    """Set aside what goes back of a locked payment, and send it on its way.

    Raises: Invalid for an amount or reason that is none; NothingLeftToGiveBack for more than is left.
    """
    if amount_minor <= 0:
        raise Invalid(errors={"amount": ["Enter an amount above zero."]})
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(errors={"reason": [f"Say why, for the books, in at most {LONGEST_REASON} characters."]})
    if amount_minor > payment.left_minor:
        raise NothingLeftToGiveBack("More than came in would be given back.")
    payment.refunded_minor += amount_minor
    refund = PaymentRefund(
        payment_id=payment.payment_id, amount_minor=amount_minor, reason=reason.strip(), asked_by=actor.id
    )
    db.session.add(refund)
    db.session.flush()
    amount = format_money(amount_minor, payment.currency)
    detail = {"why": refund.reason, "asked by": actor.name}
    steps.note(payment.payment_id, f"{amount} shall go back", detail=detail, refund_id=refund.refund_id)
    if isinstance(PROVIDERS[payment.provider], OnlineProvider):
        jobs.enqueue(
            "payments.refund",
            {"refund_id": str(refund.refund_id)},
            lane="critical",
            key=f"payment-refund:{refund.refund_id}",
            max_attempts=12,
        )
    else:
        complete_refund(payment, refund, actor=actor)
    return refund


def lock_refund(refund_id: UUID) -> tuple[Payment, PaymentRefund]:
    """Take what is paid, its payment and the refund, in this order. Raises: NotFound."""
    refund = db.session.get(PaymentRefund, refund_id)
    if refund is None:
        raise NotFound
    payment = lock(refund.payment_id)
    db.session.refresh(refund, with_for_update=True)
    return payment, refund


def apply_refund(refund_id: UUID, refunded: Refunded) -> PaymentRefund:
    """Let a refund stand as the vendor says."""
    payment, refund = lock_refund(refund_id)
    if refunded.state == "done":
        complete_refund(payment, refund, actor=SYSTEM, reference=refunded.reference)
    elif refunded.state == "failed":
        fail_refund(payment, refund, refunded.words or "The vendor refused it.")
    elif refund.state == "asked":
        refund.state = "waiting"
    return refund


def complete_refund(payment: Payment, refund: PaymentRefund, *, actor: Actor, reference: str = "") -> None:
    """Count a refund as given back, once."""
    if refund.state in ("done", "failed"):
        return
    refund.state, refund.done_at, refund.reference = "done", now(), reference or None
    amount = format_money(refund.amount_minor, payment.currency)
    steps.note(payment.payment_id, f"{amount} went back", detail={"reference": reference}, refund_id=refund.refund_id)
    db.session.flush()
    if not payment.is_surplus:
        PAYABLES[payment.payable_kind].gave_back(payment, refund, actor)
    about = {"refund_id": str(refund.refund_id), "reason": refund.reason}
    _tell("payment.refunded", payment, refund.amount_minor, actor, **about)


def fail_refund(payment: Payment, refund: PaymentRefund, words: str) -> None:
    """Count a refund as not given back: its amount can be asked for again."""
    if refund.state in ("done", "failed"):
        return
    refund.state, refund.failure = "failed", words
    payment.refunded_minor -= refund.amount_minor
    steps.note(
        payment.payment_id, "The refund failed", detail={"why": words}, is_good=False, refund_id=refund.refund_id
    )
    db.session.flush()
    if not payment.is_surplus:
        PAYABLES[payment.payable_kind].kept(payment, refund)


def _close_others(paid: Payment) -> None:
    """What else waits for the same money shall not be paid as well."""
    others = db.session.scalars(
        select(Payment.payment_id).where(
            Payment.payable_kind == paid.payable_kind,
            Payment.payable_id == paid.payable_id,
            Payment.state.in_(("created", "waiting")),
        )
    )
    for payment_id in others:
        jobs.enqueue("payments.close", {"payment_id": str(payment_id)}, key=f"payment-close:{payment_id}")


def _tell(kind: str, payment: Payment, amount_minor: int, actor: Actor, **more: Any) -> None:
    events.emit(
        kind,
        actor=actor,
        subject_id=payment.customer_id,
        payment_id=str(payment.payment_id),
        payable_kind=payment.payable_kind,
        payable_id=str(payment.payable_id),
        provider=payment.provider,
        amount_minor=amount_minor,
        currency=payment.currency,
        **more,
    )
