"""What suggestions plug into."""

from flask import Flask

from app.engine.events import catalogue
from app.engine.events.catalogue import EventType
from app.engine.schedules import catalogue as schedulables
from app.segments.suggestions import jobs
from app.segments.suggestions.routes import bp

SUGGESTED = EventType("segment.suggested", "Segments suggested", {"groups": int, "customers": int, "silhouette": float})


def add(app: Flask) -> None:
    """Add the page, and let schedules look for groups."""
    catalogue.declare(SUGGESTED)
    schedulables.declare(jobs.SUGGEST)
    app.register_blueprint(bp)
