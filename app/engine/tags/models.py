"""Tags, and what they are on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id

COLOURS = 12


class Tag(Base):
    """A word to put on records."""

    __tablename__ = "tags"

    tag_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    colour: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class RecordTag(Base):
    """That a record has a tag."""

    __tablename__ = "record_tags"

    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(ForeignKey("tags.tag_id"), primary_key=True)
    record_kind: Mapped[str] = mapped_column(primary_key=True)
    tagged_at: Mapped[datetime] = mapped_column(default=now)
    tagged_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
