"""Rates, and which product has which."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id
from app.taxes.calculating import Tax


class TaxRate(Base):
    """One rate. Units: `share` of the net price, 0-1."""

    __tablename__ = "tax_rates"

    tax_rate_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    share: Mapped[Decimal] = mapped_column(Numeric(7, 6))
    is_included: Mapped[bool] = mapped_column(default=True)
    is_default: Mapped[bool] = mapped_column(default=False)
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def tax(self) -> Tax:
        """The rate as lines keep it."""
        return Tax(self.name, self.share, self.is_included)


class ProductTax(Base):
    """A product with a rate of its own."""

    __tablename__ = "product_taxes"

    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.product_id"), primary_key=True)
    tax_rate_id: Mapped[UUID] = mapped_column(ForeignKey("tax_rates.tax_rate_id"))
