"""Touch tasks, their runs, and what is sent to whom."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, SmallInteger, String, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base
from app.core.jobs import Lane

STATES = {
    "draft": "Draft",
    "scheduled": "Scheduled",
    "running": "Running",
    "paused": "Paused",
    "done": "Done",
    "cancelled": "Cancelled",
    "failed": "Failed",
}


class TouchTask(Base):
    """Who gets which message when.

    `channels`: in the order of preference; with `reach_by` first each person is reached by the first that is open to
    them, and by the next where that fails; with every by each of them. `tree`, `still_true`: filters of customers,
    asked as it starts and as it is sent. `rule`: kind, text and zone of its schedule, at a time or recurring.
    `event_conditions`: field of the event -> value that it must have. `version_id`: the words, settled by the launch.
    `invoice_id`: of which it reminds.
    """

    __tablename__ = "crm_user_touch_task"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    task_no: Mapped[int] = mapped_column(BigInteger, server_default=text("nextval('crm_user_touch_task_no')"))
    comment: Mapped[str] = mapped_column(String, default="")
    name: Mapped[str]
    template_id: Mapped[UUID | None] = mapped_column(ForeignKey("reach_templates.template_id"))
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("reach_template_versions.version_id"))
    channels: Mapped[list[str]] = mapped_column(default=list)
    reach_by: Mapped[str] = mapped_column(default="first")
    audience: Mapped[str] = mapped_column(default="filter")
    tree: Mapped[dict[str, Any]] = mapped_column(default=dict)
    segment_id: Mapped[UUID | None] = mapped_column(ForeignKey("segments.segment_id"))
    timing: Mapped[str] = mapped_column(default="now")
    rule: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    event_type: Mapped[str | None]
    event_conditions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    delay_minutes: Mapped[int] = mapped_column(default=0)
    still_true: Mapped[dict[str, Any]] = mapped_column(default=dict)
    invoice_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.invoice_id"))
    state: Mapped[str] = mapped_column(default="draft")
    problem: Mapped[str] = mapped_column(default="")
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    launched_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    launched_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def schedule_owner(self) -> UUID:
        """As whose its schedule is kept."""
        return UUID(int=self.id)


class Listed(Base):
    """Somebody whom a task names one by one."""

    __tablename__ = "reach_listed"

    task_id: Mapped[int] = mapped_column(ForeignKey("crm_user_touch_task.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"), primary_key=True)


class Cap(Base):
    """At most so many messages of a purpose for anybody in so many days."""

    __tablename__ = "reach_caps"

    purpose: Mapped[str] = mapped_column(primary_key=True)
    most: Mapped[int]
    days: Mapped[int]


class Run(Base):
    """One time that a task goes out. `key` says which time, so that it happens once.

    `day` is that of its start, by which its deliveries are kept; `excluded`: reason -> how many get nothing for it.
    `again_for`: the run whose failed deliveries it tries again.
    """

    __tablename__ = "reach_runs"

    run_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("crm_user_touch_task.id"))
    key: Mapped[str]
    day: Mapped[date]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("reach_template_versions.version_id"))
    purpose: Mapped[str]
    lane: Mapped[Lane] = mapped_column(Text)
    again_for: Mapped[int | None] = mapped_column(ForeignKey("reach_runs.run_id"))
    state: Mapped[str] = mapped_column(default="expanding")
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    audience: Mapped[int] = mapped_column(default=0)
    planned: Mapped[int] = mapped_column(default=0)
    excluded: Mapped[dict[str, Any]] = mapped_column(default=dict)
    started_at: Mapped[datetime] = mapped_column(default=now)
    expanded_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Chunk(Base):
    """Some thousand deliveries of a run by one provider at most: the range of people, and what came of them.

    `people`: those whom another channel could not reach, each by name, as between them are others who got it.
    `cut_at`: when such a one was cut. `job_id`: the job that sends it; `attempt`: how often one began, of which only
    the last may write. What is reported later is counted anew.
    """

    __tablename__ = "reach_chunks"

    run_id: Mapped[int] = mapped_column(ForeignKey("reach_runs.run_id"), primary_key=True)
    chunk_no: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("reach_providers.provider_id"))
    person_lo: Mapped[UUID]
    person_hi: Mapped[UUID]
    people: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    cut_at: Mapped[datetime | None]
    planned: Mapped[int]
    state: Mapped[str] = mapped_column(default="open")
    attempt: Mapped[int] = mapped_column(default=0)
    job_id: Mapped[UUID | None]
    sent: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    unknown: Mapped[int] = mapped_column(default=0)
    excluded: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]


class Heard(Base):
    """That a message became something else than it was counted as, until that is counted; `was` None: as nothing."""

    __tablename__ = "reach_heard"

    heard_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("reach_runs.run_id"), index=True)
    person_id: Mapped[UUID]
    channel: Mapped[str]
    was: Mapped[str | None]
    became: Mapped[str]


class Backlog(Base):
    """A time in which messages of a lane waited too long; `ended_at` is None while it lasts."""

    __tablename__ = "reach_backlogs"

    lane: Mapped[Lane] = mapped_column(Text, primary_key=True)
    began_at: Mapped[datetime] = mapped_column(primary_key=True)
    ended_at: Mapped[datetime | None]


class Delivery(Base):
    """That somebody is in a run, by which channel, or for which `reason` they get nothing. Written once."""

    __tablename__ = "reach_deliveries"

    run_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    reason: Mapped[str | None]


class Step(Base):
    """One thing that happened to a delivery. Written once.

    `kind`: intended, sent, failed, later, unknown, excluded, expired; from receipts delivered, bounced, opened ...
    """

    __tablename__ = "reach_steps"

    run_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    provider_id: Mapped[UUID | None]
    provider_ref: Mapped[str] = mapped_column(default="")
    code: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(default="")


class Trigger(Base):
    """An event that a task answers with a message, once it is due. `facts`: what the event told."""

    __tablename__ = "reach_triggers"

    task_id: Mapped[int] = mapped_column(ForeignKey("crm_user_touch_task.id"), primary_key=True)
    event_uid: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    happened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    facts: Mapped[dict[str, Any]]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("reach_runs.run_id"))
    taken_at: Mapped[datetime | None]


class Received(Base):
    """Something that a program of the shop told us happened to a customer, in the shop's own words."""

    __tablename__ = "reach_received"

    uid: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str]
    person_id: Mapped[UUID]
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    facts: Mapped[dict[str, Any]]
