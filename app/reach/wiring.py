"""What reach plugs into."""

from flask import Flask

from app.core import access
from app.engine.events import catalogue
from app.engine.schedules import catalogue as schedulables
from app.reach import disclosed, triggers
from app.reach.access import PERMISSIONS
from app.reach.channels import in_app  # noqa: F401 - adds its channel
from app.reach.events import TYPES
from app.reach.jobs import SEND


def add(_app: Flask) -> None:
    """Add the rights, the events, what is sent on schedule, and what a copy for a customer says."""
    access.declare(*PERMISSIONS)
    catalogue.declare(*TYPES)
    schedulables.declare(SEND)
    triggers.listen()
    disclosed.add()
