"""Payments, refunds, and all that was said about them."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.crypto import Encrypted
from app.core.db import Base, new_id
from app.payments.providers.base import Device

FIRST_LOOK_AFTER = timedelta(minutes=1)
OPEN = ("created", "waiting")
STATES = {
    "created": ("Begun", "wait"),
    "waiting": ("Waiting", "wait"),
    "paid": ("Paid", "good"),
    "failed": ("Failed", "bad"),
    "closed": ("Closed", "off"),
}
REFUND_STATES = {
    "asked": ("On its way", "wait"),
    "waiting": ("On its way", "wait"),
    "done": ("Given back", "good"),
    "failed": ("Failed", "bad"),
}


class Payment(Base):
    """Money for one payable. `refunded_minor` counts what was given back or is on its way back.

    A `is_surplus` one came in though nothing was owed any more, and goes back.
    """

    __tablename__ = "payments"

    payment_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    payable_kind: Mapped[str]
    payable_id: Mapped[UUID]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    provider: Mapped[str]
    device: Mapped[Device] = mapped_column(Text, default="computer")
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    state: Mapped[str] = mapped_column(default="created")
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    is_surplus: Mapped[bool] = mapped_column(default=False)
    description: Mapped[str] = mapped_column(default="")
    pay_url: Mapped[str] = mapped_column(default="")
    reference: Mapped[str | None]
    taken_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    failure: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    next_look_at: Mapped[datetime] = mapped_column(default=lambda: now() + FIRST_LOOK_AFTER)
    paid_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    @property
    def trade_no(self) -> str:
        """What the vendor knows it by. Shape: 32 characters of 0-9a-f."""
        return self.payment_id.hex

    @property
    def is_open(self) -> bool:
        """May still be paid."""
        return self.state in OPEN

    @property
    def left_minor(self) -> int:
        """What can still be given back."""
        return self.amount_minor - self.refunded_minor if self.state == "paid" else 0

    @property
    def state_label(self) -> tuple[str, str]:
        """Its state in words, and the tone of the dot beside them."""
        if self.state == "paid" and self.refunded_minor:
            return ("Partly given back", "wait") if self.left_minor else ("Given back", "off")
        return STATES[self.state]


class PaymentRefund(Base):
    """Money that goes back of one payment."""

    __tablename__ = "payment_refunds"

    refund_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.payment_id"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(default="asked")
    reference: Mapped[str | None]
    failure: Mapped[str] = mapped_column(default="")
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    next_look_at: Mapped[datetime] = mapped_column(default=lambda: now() + FIRST_LOOK_AFTER)
    done_at: Mapped[datetime | None]

    @property
    def refund_no(self) -> str:
        """What the vendor knows it by."""
        return self.refund_id.hex

    @property
    def state_label(self) -> tuple[str, str]:
        """Its state in words, and the tone of the dot beside them."""
        return REFUND_STATES[self.state]


class Step(Base):
    """One thing that was said or done about a payment: by whom, to whom. Nothing secret is in `detail`."""

    __tablename__ = "payment_steps"

    step_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.payment_id"))
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_refunds.refund_id"))
    at: Mapped[datetime] = mapped_column(default=now)
    sender: Mapped[str]
    receiver: Mapped[str]
    title: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_good: Mapped[bool] = mapped_column(default=True)
    took_ms: Mapped[int | None]


class Notification(Base):
    """What a vendor, or somebody in its name, told us: the bytes as they came, once however often they come."""

    __tablename__ = "payment_notifications"

    notification_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    provider: Mapped[str]
    notify_key: Mapped[str]
    raw: Mapped[bytes]
    is_verified: Mapped[bool]
    outcome: Mapped[str] = mapped_column(default="")
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.payment_id"))
    times: Mapped[int] = mapped_column(default=1)
    received_at: Mapped[datetime] = mapped_column(default=now)
    last_at: Mapped[datetime] = mapped_column(default=now)
    handled_at: Mapped[datetime | None]


class Account(Base):
    """The shop's account with a provider. `checked_at`: when the vendor last gave a signed answer."""

    __tablename__ = "payment_accounts"

    account_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    provider: Mapped[str]
    is_enabled: Mapped[bool] = mapped_column(default=False)
    plain: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secrets_enc: Mapped[bytes | None]
    checked_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(default=now)

    secrets = Encrypted("secrets_enc", label="payment_accounts.secrets", row_id="account_id")


class Reconciliation(Base):
    """A day of a provider's statement held beside our own payments."""

    __tablename__ = "payment_reconciliations"

    reconciliation_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    provider: Mapped[str]
    day: Mapped[date]
    matched: Mapped[int]
    differences: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(default=now)
