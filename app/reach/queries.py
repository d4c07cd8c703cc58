"""Reading tasks, their runs, and what became of each delivery."""

from typing import Any
from uuid import UUID

from sqlalchemy import Subquery, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from app.core.db import db
from app.core.errors import NotFound
from app.reach.models import Chunk, Listed, Run, Step, TouchTask
from app.segments.models import Segment

KINDS = (
    "intended",
    "later",
    "unknown",
    "sent",
    "delivered",
    "opened",
    "clicked",
    "bounced",
    "failed",
    "expired",
    "excluded",
    "cancelled",
)
"""What can happen to a delivery; of one attempt, what stands later here is what holds."""


def get_task(task_id: int) -> TouchTask:
    """One task. Raises: NotFound."""
    found = db.session.get(TouchTask, task_id)
    if found is None:
        raise NotFound
    return found


def get_run(run_id: int) -> Run:
    """One run. Raises: NotFound."""
    found = db.session.get(Run, run_id)
    if found is None:
        raise NotFound
    return found


def last_steps(run_id: Any, *where: Any) -> Subquery:
    """How each delivery of a run stands, as far as anything happened to it. Shape: the columns of a step."""
    rank = func.array_position(literal(list(KINDS), ARRAY(Text)), Step.kind)
    newest = (Step.person_id, Step.channel, Step.attempt.desc(), rank.desc())
    query = select(Step).where(Step.run_id == run_id, *where).order_by(*newest)
    return query.distinct(Step.person_id, Step.channel).subquery("last_steps")


def has_runs(task: TouchTask) -> bool:
    """It went out once at least."""
    return bool(db.session.scalar(select(select(Run.run_id).where(Run.task_id == task.id).exists())))


def last_run(task: TouchTask) -> Run | None:
    """The time it went out last."""
    return db.session.scalar(select(Run).where(Run.task_id == task.id).order_by(Run.run_id.desc()).limit(1))


def count_failed(run: Run) -> int:
    """How many a run could not reach."""
    failed = select(func.coalesce(func.sum(Chunk.failed), 0)).where(Chunk.run_id == run.run_id)
    return db.session.scalar(failed) or 0


def count_listed(task: TouchTask) -> int:
    """How many a task names one by one."""
    return db.session.scalar(select(func.count()).where(Listed.task_id == task.id)) or 0


def is_segment(segment_id: UUID | None) -> bool:
    """True for a segment that is there."""
    return segment_id is not None and db.session.get(Segment, segment_id) is not None
