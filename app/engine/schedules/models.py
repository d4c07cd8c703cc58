"""Tables of schedules."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id
from app.engine.schedules import words
from app.engine.schedules.due_times import Kind, Rule

BY_STAFF = "staff"


class Schedule(Base):
    """What runs, when, and what happens when a time is missed or the last run still goes on.

    `owner_kind` and `owner_id` name the thing it belongs to, such as a segment; schedules that people
    make belong to "staff". `next_due_at` is empty while it is paused, and when nothing comes any more.
    """

    __tablename__ = "schedules"

    schedule_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    job: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rule_kind: Mapped[str]
    rule_text: Mapped[str]
    time_zone: Mapped[str]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    next_due_at: Mapped[datetime | None]
    misfire: Mapped[str] = mapped_column(default="once")
    grace_seconds: Mapped[int] = mapped_column(default=300)
    overlap: Mapped[str] = mapped_column(default="skip")
    paused_at: Mapped[datetime | None]
    owner_kind: Mapped[str] = mapped_column(default=BY_STAFF)
    owner_id: Mapped[UUID | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def rule(self) -> Rule:
        """When it comes due."""
        return Rule(cast(Kind, self.rule_kind), self.rule_text, self.time_zone, self.starts_at, self.ends_at)

    @property
    def in_words(self) -> str:
        """The rule as people say it."""
        return words.in_words(self.rule)

    @property
    def is_owned(self) -> bool:
        """It belongs to a thing that decides when it runs."""
        return self.owner_kind != BY_STAFF

    @property
    def state(self) -> str:
        """active, paused, or ended: nothing comes due any more."""
        if self.paused_at is not None:
            return "paused"
        return "active" if self.next_due_at is not None else "ended"


class ScheduleRun(Base):
    """One due time and what became of it. Its job has the same id.

    A run waits (`due`) for the one before it, is `queued`, `running`, then `ok`, `failed` or `lost`; a
    `lost` one without an end is taken over by the next worker. `skipped` ones never began.
    """

    __tablename__ = "schedule_runs"

    run_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    schedule_id: Mapped[UUID] = mapped_column(ForeignKey("schedules.schedule_id"))
    due_at: Mapped[datetime]
    is_by_hand: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str]
    attempt: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
