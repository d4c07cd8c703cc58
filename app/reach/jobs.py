"""What sends by itself: schedules of touch tasks, and the chunks of runs."""

from typing import Any

from app.core.db import db
from app.engine.schedules.catalogue import Occasion, Schedulable
from app.reach import actions, afterwards, fallback, queries, runs, sending  # noqa: F401 - three register their jobs
from app.reach.models import TouchTask


def send(occasion: Occasion) -> dict[str, Any] | None:
    """Let a task go out that is due; nothing when it was paused or ended meanwhile."""
    task = db.session.get(TouchTask, int(occasion.payload["task_id"]), with_for_update=queries.HELD)
    if task is None or task.state not in ("scheduled", "running"):
        return None
    run = runs.start(task, occasion.due_at.isoformat(), due_at=occasion.due_at)
    if run is None:
        return None
    task.state = "running"
    runs.expand_soon(run)
    return {"run_id": run.run_id}


SEND = Schedulable(actions.RUN_JOB, "Send a touch task", send, by_hand=False)
