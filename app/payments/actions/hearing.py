"""What vendors tell us: kept as it came, believed by its signature, done once."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from app.core import jobs
from app.core.clock import now
from app.core.db import db, delete_some, new_id, separately
from app.core.errors import DomainError
from app.core.log import get
from app.payments import steps
from app.payments.actions import accounts, settling
from app.payments.models import OPEN, Notification, Payment, PaymentRefund
from app.payments.providers.base import Notice, Reply
from app.payments.providers.errors import Forged, UnknownKey

LARGEST_BYTES = 64 * 1024
KEPT_OF_FORGED_BYTES = 4 * 1024
KEPT_FOR = timedelta(days=90)
FORGOTTEN_AT_ONCE = 10_000

log = get(__name__)

KEEP = text(
    """
    INSERT INTO payment_notifications AS n
        (notification_id, provider, notify_key, raw, is_verified, outcome, payment_id, received_at, last_at)
    VALUES (:id, :provider, :key, :raw, :is_verified, :outcome, :payment_id, :now, :now)
    ON CONFLICT (provider, notify_key) DO UPDATE SET times = n.times + 1, last_at = :now,
        payment_id = coalesce(n.payment_id, excluded.payment_id),
        outcome = CASE WHEN n.handled_at IS NULL THEN excluded.outcome ELSE n.outcome END
    RETURNING handled_at
    """
)


class NotOurs(DomainError):
    """A true notification about nothing that we know."""


def hear(key: str, raw: bytes, headers: Mapping[str, str]) -> Reply:
    """Take in a notification and say what the vendor wants to hear. Raises: NotFound for an unknown vendor.

    The bytes are kept and their effect is made in one transaction, so a crash leaves neither and the
    vendor's next try finds it fresh. What is refused is kept in a transaction of its own.
    """
    provider, account = accounts.open_account(key)
    try:
        notice = provider.read_notification(account, raw, headers)
    except Forged as forgery:
        seen = hashlib.sha256(raw).hexdigest()
        _keep_refused(key, f"forged:{seen}", raw[:KEPT_OF_FORGED_BYTES], is_verified=False, outcome=str(forgery))
        if isinstance(forgery, UnknownKey):
            with separately():
                jobs.enqueue("payments.learn_keys", {"provider": key}, key=f"payment-keys:{key}")
        log.warning("payment.forged", provider=key, why=str(forgery))
        return provider.refused
    payment_id = _payment_of(notice, key)
    if _keep(key, notice.key, raw, is_verified=True, outcome="", payment_id=payment_id) is not None:
        return provider.accepted
    try:
        _apply(notice, payment_id)
    except DomainError as refusal:
        db.session.rollback()
        _keep_refused(key, notice.key, raw, is_verified=True, outcome=str(refusal), payment_id=payment_id)
        log.warning("payment.notification_refused", provider=key, why=str(refusal))
        return provider.refused
    db.session.execute(
        text(
            "UPDATE payment_notifications SET handled_at = :now, outcome = :outcome"
            " WHERE provider = :provider AND notify_key = :key"
        ),
        {"now": now(), "outcome": notice.words, "provider": key, "key": notice.key},
    )
    return provider.accepted


def forget_old() -> int:
    """Forget what was told more than 90 days ago of payments that are over; returns how much. A duty of the clock.

    What a payment's steps say of it stays.
    """
    before = now() - KEPT_FOR
    is_open = select(Payment.payment_id).where(Payment.payment_id == Notification.payment_id, Payment.state.in_(OPEN))
    is_refunded = select(PaymentRefund.refund_id).where(
        PaymentRefund.payment_id == Notification.payment_id, PaymentRefund.state.in_(("asked", "waiting"))
    )
    old = (Notification.received_at < before, Notification.last_at < before)
    return delete_some(Notification, *old, ~is_open.exists(), ~is_refunded.exists(), limit=FORGOTTEN_AT_ONCE)


def _payment_of(notice: Notice, provider: str) -> UUID | None:
    payment = db.session.get(Payment, _id_in(notice.trade_no))
    return payment.payment_id if payment and payment.provider == provider else None


def _id_in(number: str) -> UUID:
    """The id behind a number of ours; of somebody else's, such as a refund by hand at the vendor, one nothing has."""
    try:
        return UUID(hex=number)
    except ValueError:
        return UUID(int=0)


def _apply(notice: Notice, payment_id: UUID | None) -> None:
    if payment_id is None:
        raise NotOurs("No payment of ours has this number.")
    steps.note(payment_id, "Notification", sender="vendor", detail={"says": notice.words, "id": notice.key})
    if notice.trade is not None:
        settling.apply_trade(payment_id, notice.trade)
    if notice.refund is not None:
        refund = db.session.get(PaymentRefund, _id_in(notice.refund_no))
        if refund is None or refund.payment_id != payment_id:
            raise NotOurs("No refund of ours has this number.")
        settling.apply_refund(refund.refund_id, notice.refund)


def _keep(provider: str, key: str, raw: bytes, **said: Any) -> Any:
    """Keep the bytes, or count one more of the same. Returns when it was done already."""
    values = {"payment_id": None, **said}
    return db.session.scalar(
        KEEP, {"id": new_id(), "provider": provider, "key": key, "raw": raw, "now": now(), **values}
    )


def _keep_refused(provider: str, key: str, raw: bytes, *, payment_id: UUID | None = None, **said: Any) -> None:
    with separately():
        _keep(provider, key, raw, payment_id=payment_id, **said)
        if payment_id is not None:
            detail = {"why": said["outcome"], "id": key}
            steps.note(payment_id, "Notification refused", sender="vendor", detail=detail, is_good=False)
