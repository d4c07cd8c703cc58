"""What opening hours plug into."""

from flask import Flask

from app.core import access, layout
from app.engine.events import catalogue
from app.engine.events.catalogue import EventType
from app.engine.hours.access import PERMISSIONS
from app.engine.hours.routes import bp


def add(app: Flask) -> None:
    """Add the page, the right and the event. Whoever promises times listens to it."""
    access.declare(*PERMISSIONS)
    catalogue.declare(EventType("hours.changed", "Opening hours changed", {}))
    app.register_blueprint(bp)
    layout.add_nav(layout.NavItem("Opening hours", "/settings/opening-hours", "clock", "hours.edit", "Settings", 32))
