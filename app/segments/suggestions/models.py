"""Runs that looked for groups, and the groups they suggest."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.core.clock import now
from app.core.db import Base, new_id
from app.core.jobs import Job


class SuggestionRun(Base):
    """One look at all customers as of a day (now, without one). `problem`: why it suggests nothing.

    `silhouette`: how far the groups are apart, -1 to 1.
    """

    __tablename__ = "suggestion_runs"

    run_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    job_id: Mapped[UUID | None]
    as_of: Mapped[date | None]
    window_days: Mapped[int]
    customer_count: Mapped[int | None]
    silhouette: Mapped[float | None]
    problem: Mapped[str] = mapped_column(default="")
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]

    job: Mapped[Job | None] = relationship(
        primaryjoin=lambda: foreign(SuggestionRun.job_id) == Job.job_id, viewonly=True, lazy="joined"
    )
    suggestions: Mapped[list["Suggestion"]] = relationship(
        order_by="Suggestion.customer_count.desc(), Suggestion.name", lazy="selectin"
    )

    @property
    def state(self) -> str:
        """running, done, or failed: it ended and suggests nothing."""
        if self.finished_at is not None:
            return "failed" if self.problem else "done"
        return "failed" if self.job is None or self.job.is_finished else "running"

    @property
    def reason(self) -> str:
        """Why it failed, in words; "" otherwise."""
        failed = self.state == "failed"
        return (self.problem or "It came to no end. Start it again.") if failed else ""


class Suggestion(Base):
    """A group of customers who are alike, with its rule as a filter.

    `origin_id` is the first suggestion of the same group: it stays from run to run, as the name does.
    `rule_count` customers pass the rule; `precision` of them belong to the group, which has `recall` of its own in it.
    """

    __tablename__ = "suggestions"

    suggestion_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("suggestion_runs.run_id"))
    origin_id: Mapped[UUID]
    name: Mapped[str]
    customer_count: Mapped[int]
    money_share: Mapped[float]
    centre: Mapped[list[float]] = mapped_column(JSONB)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    tree: Mapped[dict[str, Any]] = mapped_column(JSONB)
    rule_count: Mapped[int]
    precision: Mapped[float]
    recall: Mapped[float]
