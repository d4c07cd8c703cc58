"""Files and their contents."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id


class Content(Base):
    """Bytes in the store, and whose record they came with. `dropped_at`: since when no file has them."""

    __tablename__ = "file_contents"

    stored_as: Mapped[str] = mapped_column(primary_key=True)
    record_kind: Mapped[str]
    record_id: Mapped[UUID]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    has_preview: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    dropped_at: Mapped[datetime | None]


class File(Base):
    """A file of a record. `name` and `media_type` are what it is served as."""

    __tablename__ = "files"

    file_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    record_kind: Mapped[str]
    record_id: Mapped[UUID]
    name: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    stored_as: Mapped[str] = mapped_column(ForeignKey("file_contents.stored_as"))
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    added_by_name: Mapped[str]
    added_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
