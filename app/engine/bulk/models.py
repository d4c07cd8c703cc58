"""Runs of bulk actions and their rows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id


class BulkRun(Base):
    """One use of a bulk action. `query`: the filter of all that match, None for rows ticked by hand.

    `asked_by`: the actor as they were. `expected`: how many rows there were when they were asked about.
    """

    __tablename__ = "bulk_runs"

    run_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    list: Mapped[str]
    action: Mapped[str]
    label: Mapped[str]
    args: Mapped[dict[str, Any]]
    query: Mapped[str | None]
    expected: Mapped[int]
    total: Mapped[int]
    state: Mapped[str] = mapped_column(default="running")
    problem: Mapped[str] = mapped_column(default="")
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    asked_by: Mapped[dict[str, Any]]
    actor_id: Mapped[UUID | None]
    change_set_id: Mapped[UUID | None] = mapped_column(ForeignKey("change_sets.change_set_id", ondelete="SET NULL"))
    job_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]

    @property
    def path(self) -> str:
        """Its page."""
        return f"/bulk/{self.run_id}"

    @property
    def is_running(self) -> bool:
        """Not done, stopped or failed yet."""
        return self.state == "running"


class BulkRow(Base):
    """One row of a run, in its order. `outcome` is None until its turn came."""

    __tablename__ = "bulk_rows"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("bulk_runs.run_id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[UUID]
    outcome: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
