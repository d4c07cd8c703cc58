"""Baskets and orders."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id
from app.taxes.calculating import label_of

STATES = {
    "placed": ("To be paid", "wait"),
    "paid": ("Paid", "info"),
    "fulfilled": ("Fulfilled", "good"),
    "cancelled": ("Cancelled", "off"),
    "refunded": ("Refunded", "bad"),
}


class BasketLine(Base):
    """So many of a product that a customer may order. `price_minor`: what it cost when it was put in."""

    __tablename__ = "basket_lines"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"), primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.product_id"), primary_key=True)
    quantity: Mapped[int]
    price_minor: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime] = mapped_column(default=now)


class Order(Base):
    """What a customer ordered. Units: minor; `refunded_minor` counts what was given back or is on its way."""

    __tablename__ = "orders"

    order_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(BigInteger, server_default=text("nextval('order_numbers')"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    customer_kind: Mapped[str] = mapped_column(default="customer")
    state: Mapped[str] = mapped_column(default="placed")
    pay_by: Mapped[str]
    currency: Mapped[str]
    net_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    paid_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    receipt_id: Mapped[UUID | None] = mapped_column(ForeignKey("receipts.receipt_id"))
    note: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="customer")
    placed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    placed_at: Mapped[datetime] = mapped_column(default=now)
    paid_at: Mapped[datetime | None]
    fulfilled_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(default="")

    @property
    def label(self) -> str:
        """The number as people say it: O-000042."""
        return label_of_order(self.number)

    @property
    def due_minor(self) -> int:
        """What is still to be paid."""
        return self.total_minor - self.paid_minor if self.state == "placed" else 0

    @property
    def left_minor(self) -> int:
        """What can still be given back."""
        return self.paid_minor - self.refunded_minor

    @property
    def can_be_fulfilled(self) -> bool:
        """Is paid for, or sold against an invoice."""
        if self.fulfilled_at is not None:
            return False
        return self.state == "paid" or (self.state == "placed" and self.pay_by == "invoice")

    @property
    def state_label(self) -> tuple[str, str]:
        """Its state in words, and the tone of the dot beside them."""
        return next((shown for holds, shown in IN_BETWEEN if holds(self)), STATES[self.state])


def _is_given_back(order: Any) -> Any:
    return ((order.state == "paid") | (order.state == "fulfilled")) & (order.refunded_minor > 0)


IN_BETWEEN: Sequence[tuple[Callable[[Any], Any], tuple[str, str]]] = (
    (lambda order: (order.state == "placed") & (order.paid_minor > 0), ("Partly paid", "wait")),
    (lambda order: _is_given_back(order) & (order.paid_minor > order.refunded_minor), ("Partly refunded", "wait")),
    (_is_given_back, ("Refund on its way", "wait")),
)
"""What goes before a state's own words, the first that holds: asked of an order, or of `Order` in SQL."""


class OrderLine(Base):
    """One line of an order, as it was when the order was placed. Units: minor; `tax_share` of the net price."""

    __tablename__ = "order_lines"

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.order_id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[UUID | None] = mapped_column(ForeignKey("products.product_id"))
    description: Mapped[str]
    quantity: Mapped[int]
    unit_price_minor: Mapped[int] = mapped_column(BigInteger)
    tax_name: Mapped[str] = mapped_column(default="")
    tax_share: Mapped[Decimal] = mapped_column(Numeric(7, 6), default=Decimal(0))
    net_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger)

    @property
    def amount_minor(self) -> int:
        """What the line comes to, tax and all."""
        return self.net_minor + self.tax_minor

    @property
    def tax_label(self) -> str:
        """Its rate as people read it."""
        return label_of(self.tax_name, self.tax_share)


def label_of_order(number: int) -> str:
    """An order's number as people say it."""
    return f"O-{number:06}"
