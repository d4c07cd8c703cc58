"""Tables of imports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id


class Import(Base):
    """One uploaded file, how it is read, and how far it is.

    `mapping` is the column of each field; `match` and `mode` say by what somebody known is found again,
    and whether new ones, known ones or both are taken. `fingerprint` is the same for the same columns.
    `source_text` is how whoever imports it knows what it says for others.
    """

    __tablename__ = "imports"

    import_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    file_name: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    line_count: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="uploaded")
    format: Mapped[str] = mapped_column(default="csv")
    encoding: Mapped[str]
    delimiter: Mapped[str]
    sheets: Mapped[list[str]] = mapped_column(default=list)
    sheet: Mapped[str] = mapped_column(default="")
    address_book: Mapped[str] = mapped_column(default="")
    date_order: Mapped[str]
    reasons: Mapped[list[str]]
    header: Mapped[list[str]]
    fingerprint: Mapped[str] = mapped_column(default="")
    mapping: Mapped[dict[str, Any]]
    match: Mapped[str] = mapped_column(default="")
    mode: Mapped[str] = mapped_column(default="both")
    source_text: Mapped[str] = mapped_column(default="")
    is_dry_run: Mapped[bool] = mapped_column(default=False)
    is_staged: Mapped[bool] = mapped_column(default=False)
    job_id: Mapped[UUID | None]
    problem: Mapped[str | None]
    report: Mapped[dict[str, Any] | None]
    change_set_id: Mapped[UUID | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_running(self) -> bool:
        """Somebody works on it, or will at once."""
        return self.state in ("queued", "running")

    @property
    def can_start(self) -> bool:
        """It may be run: for the first time, or in earnest after a dry run, or again after a failure."""
        return self.state in ("uploaded", "failed", "cancelled") or (self.state == "done" and self.is_dry_run)


class ImportChunk(Base):
    """A piece of the file's bytes."""

    __tablename__ = "import_chunks"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.import_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes]


class ImportRow(Base):
    """One line of the file: what it says, as long as it waits, and what became of it.

    Of a row that is left out, or was mended, `cells` keeps what stands in the file's columns, and `field`
    which of its fields is in the way.
    """

    __tablename__ = "import_rows"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.import_id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(default="pending")
    reason: Mapped[str] = mapped_column(default="")
    about_id: Mapped[UUID | None]
    values: Mapped[dict[str, Any] | None]
    field: Mapped[str | None]
    cells: Mapped[list[str] | None]
    is_mended: Mapped[bool] = mapped_column(default=False)
