"""The job of one run."""

from typing import Any
from uuid import UUID

from app.core import jobs
from app.core.db import db
from app.core.errors import NotFound
from app.engine.schedules.actions import RUN_JOB
from app.engine.schedules.catalogue import SCHEDULABLES, Occasion
from app.engine.schedules.models import Schedule, ScheduleRun


@jobs.job(RUN_JOB)
def run(run_id: str) -> dict[str, Any] | None:
    """Do what a schedule is for; how it ended is written down by the clock (`ticks.follow`)."""
    made = db.session.get(ScheduleRun, UUID(run_id))
    if made is None:
        return None  # the schedule was removed meanwhile
    schedule = db.session.get_one(Schedule, made.schedule_id)
    work = SCHEDULABLES.get(schedule.job)
    if work is None:
        raise NotFound(f"Nothing is called “{schedule.job}” any more.")
    return work.run(Occasion(made.run_id, schedule.owner_id, made.due_at, schedule.payload))
