"""Notes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id


class Note(Base):
    """What somebody wrote about a record. `handles`: whom it mentions, as it is written there."""

    __tablename__ = "notes"

    note_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    record_kind: Mapped[str]
    record_id: Mapped[UUID]
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    author_name: Mapped[str]
    body: Mapped[str]
    handles: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=now)
    edited_at: Mapped[datetime | None]
    pinned_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_pinned(self) -> bool:
        """Comes before the others."""
        return self.pinned_at is not None
