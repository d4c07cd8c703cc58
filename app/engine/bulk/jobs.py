"""Runs of many rows, in the background."""

from typing import Any
from uuid import UUID

from app.core import jobs
from app.core.access import Actor
from app.core.db import db
from app.core.errors import DomainError
from app.engine.bulk import actions
from app.engine.bulk.kinds import get_action
from app.engine.bulk.models import BulkRun


@jobs.job(actions.JOB)
def run(run_id: str) -> dict[str, Any]:
    """Do one run. Killed and started again, it goes on with the rows that still wait."""
    begun = db.session.get_one(BulkRun, UUID(run_id))
    actor = Actor.of(begun.asked_by)
    try:
        action = get_action(begun.list, begun.action, actor)
        actions.carry_out(begun, action, actor=actor, tell=jobs.report, commit=db.session.commit)
    except jobs.Cancelled:
        _end(begun, actor, "cancelled", "Stopped on request. What was changed until then stays, and can be undone.")
        raise
    except DomainError as refusal:
        _end(begun, actor, "failed", str(refusal))
        raise
    return begun.counts


def _end(begun: BulkRun, actor: Actor, state: str, problem: str) -> None:
    db.session.rollback()
    actions.finish(begun, state, actor=actor, problem=problem)
    db.session.commit()
