"""Products."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id

TYPES = ("good", "service")


class Product(Base):
    """Something that can be sold. `cost_minor`: what a piece costs the shop, where that is known."""

    __tablename__ = "products"

    product_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    sku: Mapped[str]
    name: Mapped[str]
    type: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    cost_minor: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(default=now)
    archived_at: Mapped[datetime | None]
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_archived(self) -> bool:
        """Not sold any more."""
        return self.archived_at is not None
