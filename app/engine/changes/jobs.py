"""Undoing what is large, in the background."""

from typing import Any
from uuid import UUID

from app.core import jobs
from app.core.access import Actor
from app.core.db import db
from app.engine.changes import actions
from app.engine.changes.models import ChangeSet


@jobs.job(actions.UNDO_JOB)
def undo(undo_id: str) -> dict[str, Any]:
    """Go the way back; killed and started again, it goes on with the rows that are left."""
    undoing = db.session.get_one(ChangeSet, UUID(undo_id))
    done = actions.undo_in_steps(undoing, actor=Actor(id=undoing.actor_id, kind="system"))
    return {"rows": done.rows_changed}
