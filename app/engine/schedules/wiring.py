"""What schedules plug into."""

from flask import Flask

from app.core import access, layout
from app.engine.events import catalogue
from app.engine.events.catalogue import EventType
from app.engine.schedules import cli, jobs  # noqa: F401 - jobs registers its work
from app.engine.schedules.access import PERMISSIONS
from app.engine.schedules.routes import bp

WHICH = {"name": str, "job": str, "due_at": str}


def add(app: Flask) -> None:
    """Add the pages, the commands and the events."""
    access.declare(*PERMISSIONS)
    catalogue.declare(
        EventType("schedule.fired", "Scheduled run begun", {**WHICH, "run_id": str}),
        EventType("schedule.missed", "Scheduled time missed", {**WHICH, "reason": str}),
        EventType("schedule.failed", "Scheduled run failed", {**WHICH, "run_id": str, "error": str}),
    )
    app.register_blueprint(bp)
    app.cli.add_command(cli.group)
    layout.add_nav(layout.NavItem("Schedules", "/schedules", "alarm", "schedules.read", "Settings", 25))
    layout.add_command("schedules.edit", layout.Hit("Schedule something", "/schedules/new", "alarm"))
