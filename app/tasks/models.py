"""Tasks, and the series some of them belong to."""

from datetime import date, datetime, time
from typing import cast
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id
from app.engine.schedules.due_times import Kind, Rule
from app.tasks.moments import Due

KINDS = ("todo", "call", "mail", "meeting")
PRIORITIES = ("low", "normal", "high")
STATES = ("open", "done", "cancelled")


class TaskSeries(Base):
    """By which rule a task comes again.

    `latest_at` is the rule's time of the newest task, which is over at `comes_at`: then, at the latest,
    the next is made. `ended_at`: nothing comes any more.
    """

    __tablename__ = "task_series"

    series_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    rule_kind: Mapped[str]
    rule_text: Mapped[str]
    time_zone: Mapped[str]
    starts_at: Mapped[datetime]
    latest_at: Mapped[datetime]
    comes_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @property
    def rule(self) -> Rule:
        """When it comes again."""
        return Rule(cast(Kind, self.rule_kind), self.rule_text, self.time_zone, self.starts_at)


class Task(Base):
    """Something to do.

    `due_on` and `due_time` are what the clock on the wall of `time_zone` shows; `due_at` is the moment from
    which it is late, for a day without a time the end of that day. `remind_at` follows from
    `remind_minutes`; `reminded_at` and `told_due_at` say that it was told. `occurs_at` is the time its
    series made it for.
    """

    __tablename__ = "tasks"

    task_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    title: Mapped[str]
    details: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="todo")
    priority: Mapped[str] = mapped_column(default="normal")
    state: Mapped[str] = mapped_column(default="open")
    record_kind: Mapped[str | None]
    record_id: Mapped[UUID | None]
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    due_on: Mapped[date | None]
    due_time: Mapped[time | None]
    time_zone: Mapped[str]
    due_at: Mapped[datetime | None]
    remind_minutes: Mapped[int | None]
    remind_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    told_due_at: Mapped[datetime | None]
    series_id: Mapped[UUID | None] = mapped_column(ForeignKey("task_series.series_id"))
    occurs_at: Mapped[datetime | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_open(self) -> bool:
        """It is still to be done."""
        return self.state == "open"

    @property
    def is_late(self) -> bool:
        """It should have been done by now."""
        return self.is_open and self.due_at is not None and self.due_at <= now()

    @property
    def due(self) -> Due | None:
        """When it is due, as people said it."""
        return Due(self.due_on, self.due_time, self.time_zone) if self.due_on else None

    @property
    def record(self) -> tuple[str, UUID] | None:
        """The kind and id of what it is about."""
        return (self.record_kind, self.record_id) if self.record_kind and self.record_id else None


class CalendarFeed(Base):
    """The secret address at which somebody's calendar program reads their tasks. Only its hash is kept."""

    __tablename__ = "calendar_feeds"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"), primary_key=True)
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(default=now)
    read_at: Mapped[datetime | None]
