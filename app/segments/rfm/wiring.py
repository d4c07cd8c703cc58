"""What RFM plugs into."""

from flask import Flask

from app.engine.events import catalogue
from app.engine.events.catalogue import EventType
from app.segments.rfm.routes import bp


def add(app: Flask) -> None:
    """Add the pages."""
    catalogue.declare(EventType("segment.breaks_set", "RFM breaks set", {"window_days": int}))
    app.register_blueprint(bp)
