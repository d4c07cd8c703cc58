"""Companies."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id


class Company(Base):
    """A firm that customers work for. `staff` is how many people work there, as far as it is known."""

    __tablename__ = "companies"

    company_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    domain: Mapped[str | None]
    website: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="")
    industry: Mapped[str] = mapped_column(default="")
    staff: Mapped[int | None]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("companies.company_id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    archived_at: Mapped[datetime | None]
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_archived(self) -> bool:
        """Not offered any more."""
        return self.archived_at is not None
