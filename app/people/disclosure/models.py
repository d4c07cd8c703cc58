"""Copies that were asked for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id


class Disclosure(Base):
    """That somebody asked for a customer's copy. The copy itself is there from `made_at` until `kept_until`."""

    __tablename__ = "disclosures"

    disclosure_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id", ondelete="CASCADE"))
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id", ondelete="SET NULL"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    made_at: Mapped[datetime | None]
    kept_until: Mapped[datetime | None]
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)

    @property
    def is_kept(self) -> bool:
        """Can still be fetched."""
        return self.kept_until is not None and self.kept_until > now()
