"""What schedules plug into."""

from flask import Flask

from app.core import access
from app.engine.events import catalogue
from app.engine.events.catalogue import EventType
from app.engine.schedules import jobs  # noqa: F401 - registers the job
from app.engine.schedules.access import PERMISSIONS

WHICH = {"name": str, "job": str, "due_at": str}


def add(app: Flask) -> None:
    """Add the pages, the commands and the events."""
    access.declare(*PERMISSIONS)
    catalogue.declare(
        EventType("schedule.fired", "Scheduled run begun", {**WHICH, "run_id": str}),
        EventType("schedule.missed", "Scheduled time missed", {**WHICH, "reason": str}),
        EventType("schedule.failed", "Scheduled run failed", {**WHICH, "run_id": str, "error": str}),
    )
