"""Segments, their members, and who came and went."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id

MODES = {"dynamic": "Follows its filter", "static": "Stays as it was made"}
ON_STALE = {"proceed": "Go on with its last members", "wait": "Wait until it is known again"}


class Segment(Base):
    """A named group of customers. `tree` is its filter, `uses` the segments that stand in it.

    `refreshed_at` is when its members were last counted, `problem` why a later try did not end.
    `on_stale`: what it does while a segment that stands in its filter could not be counted.
    """

    __tablename__ = "segments"

    segment_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    mode: Mapped[str] = mapped_column(default="dynamic")
    tree: Mapped[dict[str, Any]] = mapped_column(JSONB)
    uses: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    on_stale: Mapped[str] = mapped_column(default="proceed")
    member_count: Mapped[int] = mapped_column(default=0)
    refreshed_at: Mapped[datetime | None]
    refresh_ms: Mapped[int | None]
    problem: Mapped[str] = mapped_column(default="")
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_dynamic(self) -> bool:
        """Its members change as customers do."""
        return self.mode == "dynamic"


class Member(Base):
    """A customer in a segment."""

    __tablename__ = "segment_members"

    segment_id: Mapped[UUID] = mapped_column(ForeignKey("segments.segment_id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"), primary_key=True)
    entered_at: Mapped[datetime]


class Change(Base):
    """A customer who entered a segment, or left it."""

    __tablename__ = "segment_changes"

    change_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    segment_id: Mapped[UUID] = mapped_column(ForeignKey("segments.segment_id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    kind: Mapped[str]
    at: Mapped[datetime]


class Touch(Base):
    """A customer to whom something happened since the segments were last asked about them."""

    __tablename__ = "segment_touches"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    touched_at: Mapped[datetime]
