"""Change sets and what they changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, object_session

from app.core.clock import now
from app.core.db import Base, new_id


class ChangeSet(Base):
    """One action of a person. `job_id`: the job that still writes to it, if one does.

    `elsewhere`: the address of what has an undo of its own, one step below its list; "" for all that has none.
    """

    __tablename__ = "change_sets"

    change_set_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    label: Mapped[str]
    actor_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(default=now)
    job_id: Mapped[UUID | None]
    rows_changed: Mapped[int] = mapped_column(default=0)
    undoes_id: Mapped[UUID | None] = mapped_column(ForeignKey("change_sets.change_set_id"), unique=True)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None]
    elsewhere: Mapped[str] = mapped_column(default="")

    @property
    def path(self) -> str:
        """The page that tells what it changed."""
        if self.elsewhere:
            return self.elsewhere.rpartition("/")[0]
        return f"/changes/{self.change_set_id}"

    @property
    def undo_path(self) -> str:
        """Where to post in order to undo it; "" as long as nothing was changed."""
        if self.elsewhere:
            return f"{self.elsewhere}/undo"
        session = object_session(self)
        if not self.rows_changed and session is not None:
            session.flush()
            session.refresh(self, ["rows_changed"])
        return f"{self.path}/undo" if self.rows_changed else ""

    @property
    def is_undo(self) -> bool:
        """It undid another one; undoing it is doing that one again."""
        return self.undoes_id is not None


class ChangedRow(Base):
    """One row of one change set, as it was and as it became. Written by triggers."""

    __tablename__ = "changed_rows"

    change_set_id: Mapped[UUID] = mapped_column(primary_key=True)
    table_name: Mapped[str] = mapped_column(primary_key=True)
    row_key: Mapped[str] = mapped_column(primary_key=True)
    action: Mapped[str]
    record_kind: Mapped[str]
    record_id: Mapped[UUID | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class KeptRow(Base):
    """A row that an undo (`change_set_id`) left as it was, and why."""

    __tablename__ = "kept_rows"

    change_set_id: Mapped[UUID] = mapped_column(ForeignKey("change_sets.change_set_id"), primary_key=True)
    table_name: Mapped[str] = mapped_column(primary_key=True)
    row_key: Mapped[str] = mapped_column(primary_key=True)
    record_kind: Mapped[str]
    record_id: Mapped[UUID | None]
    why: Mapped[str]
    detail: Mapped[str] = mapped_column(default="")
    touched_by: Mapped[UUID | None]
    touched_at: Mapped[datetime | None]
