"""What notes plug into."""

from collections.abc import Iterable

from flask import Flask
from sqlalchemy import func, select

from app.core import access, metrics, once
from app.core.db import db
from app.engine.events import catalogue
from app.engine.notes import mentions, queries
from app.engine.notes.access import PERMISSIONS
from app.engine.notes.events import TYPES
from app.engine.notes.models import Note
from app.engine.notes.routes import bp
from app.engine.notices.topics import Topic, add_topic
from app.engine.records import pages


def add(app: Flask) -> None:
    """Add the pages, and notes to the page of every kind of record."""
    access.declare(*PERMISSIONS)
    add_topic(Topic("mentions", "Mentions", "Somebody mentions you in a note or a conversation.", ("note",)))
    catalogue.declare(*TYPES)
    app.register_blueprint(bp)
    app.jinja_env.filters["marked_up"] = mentions.marked_up
    app.jinja_env.globals["new_token"] = once.new_token
    notes = pages.Panel("notes", "Notes", "notes.read", "notes/_panel.html", rows=queries.rows_of, position=70)
    pages.add_panel(pages.EVERY_KIND, notes)


@metrics.collector
def collect() -> Iterable[tuple[str, str, dict[str, str], float]]:
    """How many notes there are of each kind of record, for the metrics page."""
    counts = select(Note.record_kind, func.count()).group_by(Note.record_kind)
    for kind, number in db.session.execute(counts):
        yield "rapport_notes", "Notes about records", {"kind": kind}, number
