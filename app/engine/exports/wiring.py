"""What exports plug into."""

from flask import Flask

from app.engine.events import catalogue
from app.engine.events.catalogue import EventType
from app.engine.exports import jobs  # noqa: F401 - registers its work
from app.engine.exports.routes import bp
from app.engine.notices.topics import Topic, add_topic


def add(app: Flask) -> None:
    """Add the pages. Packages offer their lists by `offers.offer`."""
    catalogue.declare(EventType("list.exported", "List exported", {"list": str, "rows": int, "format": str}))
    app.register_blueprint(bp)
    add_topic(Topic("exports", "Exports", "A file you asked for is ready.", ("export",)))
