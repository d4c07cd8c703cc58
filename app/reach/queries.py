"""Reading tasks, their runs, and what became of each delivery."""

from typing import Any

from sqlalchemy import Subquery, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from app.core.db import db
from app.core.errors import NotFound
from app.reach.models import Run, Step, TouchTask

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
