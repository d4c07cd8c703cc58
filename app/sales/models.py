"""Receipts and their lines."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id
from app.core.money import format_price


class Receipt(Base):
    """One sale or one refund. Of a sale, `refunded_minor` sums what was given back (zero or below).

    `managed_at` is the page of what a sale came from, such as an order: it is refunded there.
    """

    __tablename__ = "receipts"

    receipt_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    customer_kind: Mapped[str] = mapped_column(default="customer")
    currency: Mapped[str]
    total_minor: Mapped[int] = mapped_column(BigInteger)
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    refund_of: Mapped[UUID | None] = mapped_column(ForeignKey("receipts.receipt_id"))
    reason: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="staff")
    source_reference: Mapped[str | None]
    managed_at: Mapped[str | None]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def is_refund(self) -> bool:
        """Money went back to the customer."""
        return self.kind == "refund"

    @property
    def left_minor(self) -> int:
        """What can still be given back."""
        return 0 if self.is_refund else self.total_minor + self.refunded_minor

    @property
    def state(self) -> tuple[str, str]:
        """What became of it, in words, and the tone of the dot beside them."""
        if self.is_refund:
            return "Refund", "bad"
        if not self.refunded_minor:
            return "Sale", "good"
        return ("Partly refunded", "wait") if self.left_minor else ("Refunded", "off")

    @property
    def label(self) -> str:
        """The number as it is printed: R-000042."""
        return f"R-{self.number:06}"


class Transaction(Base):
    """One line of a receipt; `amount_minor` is below zero for a refund."""

    __tablename__ = "transactions"

    transaction_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    receipt_id: Mapped[UUID] = mapped_column(ForeignKey("receipts.receipt_id"))
    line: Mapped[int]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    customer_kind: Mapped[str] = mapped_column(default="customer")
    product_id: Mapped[UUID | None] = mapped_column(ForeignKey("products.product_id"))
    description: Mapped[str]
    quantity: Mapped[int]
    unit_price: Mapped[Decimal] = mapped_column(Numeric(20, 4))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    refund_of: Mapped[UUID | None]
    refund_of_at: Mapped[datetime | None]
    source_line: Mapped[int | None]

    @property
    def price_label(self) -> str:
        """The price of one piece as it is printed."""
        return format_price(self.unit_price.normalize(), self.currency)
