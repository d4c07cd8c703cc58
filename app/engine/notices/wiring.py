"""What notices plug into."""

from flask import Flask

from app.core import access, layout
from app.engine.events import catalogue
from app.engine.events.catalogue import EventType
from app.engine.notices import delivery, queries, routes  # noqa: F401 - delivery registers its job
from app.engine.notices.access import PERMISSIONS


def add(app: Flask) -> None:
    """Let the bell count and open."""
    access.declare(*PERMISSIONS)
    app.register_blueprint(routes.bp)
    layout.add_count("unread_notices", queries.UNREAD)
    layout.add_count("waiting_popups", queries.WAITING)
    catalogue.declare(EventType("mail.refused", "A mail was refused", {"mail_id": str, "code": int}))
