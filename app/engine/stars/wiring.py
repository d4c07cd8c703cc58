"""What stars plug into."""

from collections.abc import Sequence

from flask import Flask

from app.core import access, layout
from app.core.access import Actor
from app.engine.records import kinds, pages
from app.engine.stars import queries
from app.engine.stars.access import PERMISSIONS
from app.engine.stars.routes import bp, remember


def add(app: Flask) -> None:
    """Add the pages, a star on every record's page, and what the palette offers before anything is typed."""
    access.declare(*PERMISSIONS)
    app.register_blueprint(bp)
    app.after_request(remember)
    star = pages.Panel(
        "star", "Star", "stars.use", "stars/_button.html", rows=queries.is_starred, place="head", position=90
    )
    pages.add_panel(pages.EVERY_KIND, star)
    layout.add_opening(layout.Opening("Starred", "stars.use", _starred))
    layout.add_opening(layout.Opening("Opened lately", "stars.use", _recent))
    layout.add_command("stars.use", layout.Hit("Starred and recent", "/recent", "star"))


def _starred(actor: Actor, limit: int) -> Sequence[layout.Hit]:
    return _hits(queries.list_starred(actor, limit))


def _recent(actor: Actor, limit: int) -> Sequence[layout.Hit]:
    return _hits(queries.list_recent(actor, limit))


def _hits(records: Sequence[kinds.Record]) -> list[layout.Hit]:
    known = kinds.KINDS
    return [layout.Hit(one.name, one.href, known[one.kind].icon, known[one.kind].label) for one in records]
