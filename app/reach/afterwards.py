"""What is heard of a message after it went: it is counted anew, and a run that is over goes on for the next channel."""

from typing import Literal
from uuid import UUID

from sqlalchemy import update

from app.core import jobs
from app.core.clock import now
from app.core.db import db
from app.reach import queries, runs
from app.reach.models import Chunk, Run, TouchTask

Counted = Literal["sent", "failed", "unknown"]


@jobs.job("reach.hear_afterwards")
def hear_afterwards(run_id: int, person_id: str, channel: str, was: Counted | None, became: Counted) -> None:
    """A report says that a message became something else than it was counted as; None: as nothing yet.

    A job of its own, so that nobody counts twice and reports wait for no task.
    """
    task = runs.hold_task_of(run_id)
    run = db.session.get_one(Run, run_id, with_for_update=queries.HELD, populate_existing=True)
    _count_anew(run_id, UUID(person_id), channel, was, became)
    if became == "failed" and run.state == "done" and _has_another(task, channel) and run.expires_at > now():
        run.state, run.finished_at = "sending", None
        if task.state == "done":
            task.state = "running"


def _has_another(task: TouchTask, channel: str) -> bool:
    """There is a channel after this one, and nobody ended the task."""
    return task.reach_by == "first" and channel != task.channels[-1] and task.state in ("running", "paused", "done")


def _count_anew(run_id: int, person_id: UUID, channel: str, was: Counted | None, became: Counted) -> None:
    counts = {became: getattr(Chunk, became) + 1} | ({was: getattr(Chunk, was) - 1} if was else {})
    its = queries.chunk_of(run_id, person_id, channel).with_only_columns(Chunk.chunk_no).scalar_subquery()
    db.session.execute(update(Chunk).where(Chunk.run_id == run_id, Chunk.chunk_no == its).values(counts))
