"""Talking to vendors, in jobs alone: no request waits for one, and no row is locked meanwhile."""

from typing import Any
from uuid import UUID

from sqlalchemy import text, update

from app.core import jobs, web
from app.core.clock import now
from app.core.db import db, separately
from app.core.errors import NotFound
from app.core.log import get
from app.payments import steps
from app.payments.actions import accounts, settling
from app.payments.models import Account, Payment, PaymentRefund
from app.payments.providers.base import Bill, Payer, RefundAsk
from app.payments.providers.errors import VendorRefused
from app.payments.providers.wire import Wire

log = get(__name__)


class _Line:
    """An open line to the vendor of one payment."""

    def __init__(self, payment: Payment, refund_id: UUID | None = None):
        self.payment_id, self.trade_no, self.key = payment.payment_id, payment.trade_no, payment.provider
        self.provider, self.account = accounts.open_account(payment.provider)
        self._refund_id = refund_id
        self.wire = Wire(self.account.base_url, self.provider.hosts, self._note)
        db.session.commit()

    def _note(self, title: str, **said: Any) -> None:
        with separately():
            steps.note(self.payment_id, title, refund_id=self._refund_id, **said)

    def was_answered(self) -> None:
        """The vendor gave a signed answer: the account works."""
        db.session.execute(update(Account).where(Account.provider == self.key).values(checked_at=now()))


def begin(payment_id: UUID, address: str = "") -> None:
    """Ask the vendor for the money, and learn where the customer pays. `address`: where they ask from."""
    payment = _get(payment_id)
    if payment.state != "created":
        return
    bill = Bill(
        payment.trade_no,
        payment.amount_minor,
        payment.currency,
        payment.description,
        payment.expires_at or now(),
        web.public_url(f"/portal/payments/{payment_id}"),
        Payer(payment.device, address),
    )
    line = _Line(payment)
    try:
        pay_url = line.provider.create(line.account, bill, line.wire)
    except VendorRefused as refusal:
        payment = settling.lock(payment_id)
        if payment.state == "created":
            settling.end(payment, "failed", str(refusal))
        return
    line.was_answered()
    payment = settling.lock(payment_id)
    if payment.state == "created":
        payment.state, payment.pay_url = "waiting", pay_url


def sweep() -> int:
    """Ask about whatever still waits, in case its notification never comes: often at first, then every ten minutes.

    The clock calls this. Returns how many jobs it queued.
    """
    asked = _due("payments", "created_at", "state IN ('created', 'waiting')")
    for payment_id in asked:
        look_now(payment_id)
    waiting = _due("payment_refunds", "asked_at", "state IN ('asked', 'waiting')")
    for refund_id in waiting:
        jobs.enqueue("payments.refund", {"refund_id": str(refund_id)}, key=f"payment-refund:{refund_id}")
    db.session.commit()
    return len(asked) + len(waiting)


def _due(table: str, begun: str, where: str) -> list[UUID]:
    key = "payment_id" if table == "payments" else "refund_id"
    return list(
        db.session.scalars(
            text(
                f"UPDATE {table} SET next_look_at = :now + greatest(interval '1 minute',"  # noqa: S608 - our own words
                f" least(interval '10 minutes', (:now - {begun}) / 2))"
                f" WHERE {where} AND next_look_at <= :now RETURNING {key}"
            ),
            {"now": now()},
        )
    )


def look_now(payment_id: UUID) -> None:
    """Ask at once how a payment stands; one asking at a time is enough."""
    jobs.enqueue("payments.ask", {"payment_id": str(payment_id)}, lane="critical", key=f"payment-ask:{payment_id}")


def ask(payment_id: UUID) -> None:
    """Learn from the vendor how a payment stands. One whose time is over is closed."""
    payment = _get(payment_id)
    if not payment.is_open:
        return
    is_over = payment.expires_at is not None and payment.expires_at < now()
    line = _Line(payment)
    trade = line.provider.query(line.account, line.trade_no, line.wire)
    line.was_answered()
    payment = _apply(payment_id, lambda: settling.apply_trade(payment_id, trade))
    if payment.is_open and is_over:
        jobs.enqueue("payments.close", {"payment_id": str(payment_id)}, key=f"payment-close:{payment_id}")


def close(payment_id: UUID) -> None:
    """Let the vendor not take the money any more; where it has it already, count it."""
    payment = _get(payment_id)
    if not payment.is_open:
        return
    line = _Line(payment)
    try:
        line.provider.close(line.account, line.trade_no, line.wire)
    except VendorRefused:
        trade = line.provider.query(line.account, line.trade_no, line.wire)
        _apply(payment_id, lambda: settling.apply_trade(payment_id, trade))
        return
    payment = settling.lock(payment_id)
    if payment.is_open:
        settling.end(payment, "closed", "Closed: it was not paid in time, or otherwise")


def refund(refund_id: UUID) -> None:
    """Ask the vendor to give money back, or how that stands."""
    found = db.session.get(PaymentRefund, refund_id)
    if found is None:
        raise NotFound
    if found.state in ("done", "failed"):
        return
    payment, is_asked = _get(found.payment_id), found.state == "waiting"
    wanted = RefundAsk(
        payment.trade_no, found.refund_no, found.amount_minor, payment.amount_minor, payment.currency, found.reason
    )
    line = _Line(payment, refund_id)
    provider = line.provider
    try:
        refunded = provider.query_refund(line.account, wanted, line.wire) if is_asked else None
        if refunded is None or refunded.state == "unknown":
            refunded = provider.refund(line.account, wanted, line.wire)
    except VendorRefused as refusal:
        settling.fail_refund(*settling.lock_refund(refund_id), str(refusal))
        return
    line.was_answered()
    settling.apply_refund(refund_id, refunded)


def learn_keys(provider_key: str) -> None:
    """Learn the keys that a vendor signs with now."""
    provider, account = accounts.open_account(provider_key)
    db.session.commit()
    provider.learn_keys(account, Wire(account.base_url, provider.hosts, lambda _title, **_said: None))


def _apply(payment_id: UUID, apply: Any) -> Payment:
    try:
        payment: Payment = apply()
    except settling.Differs as difference:
        payment = settling.lock(payment_id)
        payment.failure = str(difference)
        steps.note(payment_id, str(difference), sender="vendor", is_good=False)
        log.warning("payment.differs", payment_id=str(payment_id))
    return payment


def _get(payment_id: UUID) -> Payment:
    payment = db.session.get(Payment, payment_id)
    if payment is None:
        raise NotFound
    return payment
