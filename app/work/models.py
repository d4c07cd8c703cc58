"""Runs through lists, and their steps."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id

OUTCOMES = ("done", "skipped", "snoozed")


class WorkRun(Base):
    """A list that is worked through: its path and the state of its address, as it was when the run began."""

    __tablename__ = "work_runs"

    run_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    list: Mapped[str]
    query: Mapped[str]
    record_kind: Mapped[str]
    name: Mapped[str]
    total: Mapped[int]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    is_shared: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]

    @property
    def path(self) -> str:
        """Where it goes on."""
        return f"/work/{self.run_id}"

    @property
    def address(self) -> str:
        """The list it came from."""
        return f"{self.list}?{self.query}" if self.query else self.list


class WorkStep(Base):
    """One record of a run: `state` is waiting, held, done, skipped, snoozed or gone.

    `person_id` holds it until `held_until`, or decided about it.
    """

    __tablename__ = "work_steps"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("work_runs.run_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="waiting")
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    held_until: Mapped[datetime | None]
    at: Mapped[datetime | None]
