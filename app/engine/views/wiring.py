"""What views plug into."""

from flask import Flask

from app.core import access
from app.engine.events import catalogue
from app.engine.events.catalogue import EventType
from app.engine.views.access import PERMISSIONS
from app.engine.views.routes import bp


def add(app: Flask) -> None:
    """Add the pages. Packages whose lists have views say so by `columns.add_list`."""
    access.declare(*PERMISSIONS)
    told = {"name": str, "list": str}
    catalogue.declare(
        EventType("view.created", "View made for everybody", told),
        EventType("view.updated", "Shared view changed", told),
        EventType("view.removed", "Shared view removed", told),
    )
    app.register_blueprint(bp)
