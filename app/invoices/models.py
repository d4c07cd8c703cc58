"""Invoices and what the shop decided about them."""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.crypto import Encrypted
from app.core.db import Base, new_id
from app.taxes.calculating import RateTotal

SERIES = {"invoice": "INV", "credit_note": "CN"}
TITLES = {"invoice": "Invoice", "credit_note": "Credit note"}
STATES = {
    "open": ("To be paid", "wait"),
    "overdue": ("Overdue", "bad"),
    "paid": ("Paid", "good"),
    "credited": ("Credited", "off"),
    "credit_note": ("Credit note", "off"),
}


class PricedRate(NamedTuple):
    """Net and tax at one rate, in a currency."""

    total: RateTotal
    currency: str


class InvoiceSeries(Base):
    """The last number given out in a series and year."""

    __tablename__ = "invoice_series"

    series: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last_number: Mapped[int] = mapped_column(BigInteger)


class InvoiceSettings(Base):
    """What the shop decided: one row. `issuer` is its own address and tax number, `foot` how to pay."""

    __tablename__ = "invoice_settings"

    only_one: Mapped[bool] = mapped_column(primary_key=True, default=True)
    settings_id: Mapped[UUID] = mapped_column(default=new_id)
    is_offered: Mapped[bool] = mapped_column(default=False)
    due_days: Mapped[int] = mapped_column(default=14)
    remind_after_days: Mapped[list[int]] = mapped_column(JSONB, default=lambda: [3, 10, 20])
    issuer: Mapped[str] = mapped_column(default="")
    foot: Mapped[str] = mapped_column(default="")


class Invoice(Base):
    """An invoice, or a credit note with amounts below zero. Units: minor.

    `taxes` holds net and tax by rate. `credited_minor`: what credit notes took back of an invoice.
    `reminded`: how many reminders were sent; `reminded_days`: how many days late it was at the last one.
    """

    __tablename__ = "invoices"

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    series: Mapped[str]
    year: Mapped[int]
    number: Mapped[int] = mapped_column(BigInteger)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.order_id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    credit_of: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.invoice_id"))
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_refunds.refund_id"))
    issued_on: Mapped[date]
    due_on: Mapped[date | None]
    currency: Mapped[str]
    net_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    taxes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    credited_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    reason: Mapped[str] = mapped_column(default="")
    billed_to_enc: Mapped[bytes | None]
    issuer: Mapped[str] = mapped_column(default="")
    foot: Mapped[str] = mapped_column(default="")
    reminded: Mapped[int] = mapped_column(default=0)
    reminded_days: Mapped[int] = mapped_column(default=0)
    issued_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    billed_to = Encrypted("billed_to_enc", label="invoices.billed_to", row_id="invoice_id")

    @property
    def label(self) -> str:
        """The number as it is printed: INV-2026-0042."""
        return f"{self.series}-{self.year}-{self.number:04}"

    @property
    def title(self) -> str:
        """What it is."""
        return TITLES[self.kind]

    @property
    def is_credit_note(self) -> bool:
        """Takes back instead of asking."""
        return self.kind == "credit_note"

    @property
    def left_minor(self) -> int:
        """What can still be credited."""
        return 0 if self.is_credit_note else self.total_minor - self.credited_minor

    @property
    def by_rate(self) -> list[RateTotal]:
        """Net and tax by rate, as it was issued."""
        return [RateTotal.from_json(one) for one in self.taxes]

    @property
    def priced_rates(self) -> list[PricedRate]:
        """The same, each with the invoice's currency."""
        return [PricedRate(total, self.currency) for total in self.by_rate]
