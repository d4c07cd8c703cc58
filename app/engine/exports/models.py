"""Files that were made of lists."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id


class Export(Base):
    """One file. `ids`: the rows that were ticked; none for all that `query`, the list's address, finds."""

    __tablename__ = "exports"

    export_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    list_path: Mapped[str] = mapped_column("list")
    query: Mapped[str]
    ids: Mapped[list[str]]
    format: Mapped[str]
    columns: Mapped[list[str]]
    state: Mapped[str] = mapped_column(default="queued")
    problem: Mapped[str] = mapped_column(default="")
    row_count: Mapped[int] = mapped_column(default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    asked_by: Mapped[dict[str, Any]]
    actor_id: Mapped[UUID | None]
    job_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]

    @property
    def path(self) -> str:
        """Its page."""
        return f"/exports/{self.export_id}"

    @property
    def file_name(self) -> str:
        """What the file is called: list, day and kind."""
        return f"{self.list_path.strip('/').replace('/', '-')}-{self.created_at:%Y-%m-%d}.{self.format}"


class ExportChunk(Base):
    """A piece of a file's bytes."""

    __tablename__ = "export_chunks"

    export_id: Mapped[UUID] = mapped_column(ForeignKey("exports.export_id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes]
