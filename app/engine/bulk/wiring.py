"""What bulk actions plug into."""

from flask import Flask

from app.core import access
from app.engine.bulk import jobs  # noqa: F401 - registers its work
from app.engine.bulk.access import PERMISSIONS
from app.engine.bulk.routes import bp
from app.engine.events import catalogue
from app.engine.events.catalogue import EventType

FINISHED = {"list": str, "action": str, "label": str, "changed": int, "is_many": bool}


def add(app: Flask) -> None:
    """Add the pages. Packages declare what can be done to rows of their lists by `columns.add_action`."""
    access.declare(*PERMISSIONS)
    catalogue.declare(EventType("bulk.finished", "Changed many at once", FINISHED))
    app.register_blueprint(bp)
