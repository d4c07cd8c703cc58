"""Quotes and their lines."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Numeric, Sequence
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id

NUMBERS = Sequence("quote_numbers", metadata=Base.metadata)


class Quote(Base):
    """One version of an offer. Without `accept_stage_id`, accepting it wins the deal."""

    __tablename__ = "quotes"

    quote_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.deal_id"))
    number: Mapped[int] = mapped_column(BigInteger)
    revision: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(default="open")
    customer_name: Mapped[str]
    currency: Mapped[str]
    total_minor: Mapped[int] = mapped_column(BigInteger)
    valid_until: Mapped[date]
    terms: Mapped[str] = mapped_column(default="")
    accept_stage_id: Mapped[UUID | None] = mapped_column(ForeignKey("deal_stages.stage_id"))
    token_hash: Mapped[bytes | None]
    token_expires_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(default="")
    answered_from: Mapped[str] = mapped_column(default="")
    decline_reason: Mapped[str] = mapped_column(default="")
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def label(self) -> str:
        """The number as it is printed: Q-000042, from the second version on Q-000042/2."""
        return f"Q-{self.number:06}" + (f"/{self.revision}" if self.revision > 1 else "")

    def is_valid_on(self, day: date) -> bool:
        """It can still be answered."""
        return self.state == "open" and day <= self.valid_until


class QuoteLine(Base):
    """A product on a quote, as it was called and cost then; prices have the tax in them."""

    __tablename__ = "quote_lines"

    quote_id: Mapped[UUID] = mapped_column(ForeignKey("quotes.quote_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.product_id"))
    description: Mapped[str]
    quantity: Mapped[int]
    unit_price_minor: Mapped[int] = mapped_column(BigInteger)
    discount_share: Mapped[Decimal] = mapped_column(Numeric(5, 4))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    tax_name: Mapped[str] = mapped_column(default="")
    tax_share: Mapped[Decimal] = mapped_column(Numeric(5, 4), default=Decimal(0))
    tax_minor: Mapped[int] = mapped_column(BigInteger, default=0)

    @property
    def net_minor(self) -> int:
        """Without tax."""
        return self.amount_minor - self.tax_minor
