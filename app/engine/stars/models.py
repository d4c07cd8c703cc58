"""Stars."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base


class Star(Base):
    """That somebody marked a record."""

    __tablename__ = "stars"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"), primary_key=True)
    record_kind: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    starred_at: Mapped[datetime] = mapped_column(default=now)
