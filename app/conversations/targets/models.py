"""Policies, and the clocks that run by them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, new_id


class TargetPolicy(Base):
    """The targets of conversations from a priority up, until the next policy's. Units: seconds of opening time.

    With `tag_id` only of those that have the label, beside the others' targets: the shortest holds.
    """

    __tablename__ = "target_policies"

    policy_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    least_priority: Mapped[int]
    tag_id: Mapped[UUID | None]
    first_seconds: Mapped[int | None]
    next_seconds: Mapped[int | None]
    resolution_seconds: Mapped[int | None]


class ResponseClock(Base):
    """What one answer, or one resolution, takes.

    `spent_seconds` of opening time were counted until it paused; since `running_since` it counts on. `owner_id` and
    `team` are whose it was when it stopped.
    """

    __tablename__ = "response_clocks"

    clock_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("comm_channels.channel_id"))
    kind: Mapped[str]
    started_at: Mapped[datetime]
    running_since: Mapped[datetime | None]
    spent_seconds: Mapped[int] = mapped_column(default=0)
    target_seconds: Mapped[int | None]
    due_at: Mapped[datetime | None]
    missed_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    raw_seconds: Mapped[int | None]
    business_seconds: Mapped[int | None]
    is_met: Mapped[bool | None]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    team: Mapped[str] = mapped_column(default="")
