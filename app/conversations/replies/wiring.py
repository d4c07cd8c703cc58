"""What canned replies plug into."""

from collections.abc import Iterable

from flask import Flask
from sqlalchemy import func, select

from app.conversations.replies.access import PERMISSIONS
from app.conversations.replies.events import TYPES
from app.conversations.replies.models import CannedReply
from app.conversations.replies.routes import bp
from app.core import access, layout, metrics
from app.core.db import db
from app.engine.events import catalogue


def add(app: Flask) -> None:
    """Add the pages and the right."""
    access.declare(*PERMISSIONS)
    catalogue.declare(*TYPES)
    app.register_blueprint(bp)
    layout.add_nav(
        layout.NavItem("Canned replies", "/replies", "message-circle", "conversations.answer", "Settings", 36)
    )


@metrics.collector
def _how_many() -> Iterable[tuple[str, str, dict[str, str], float]]:
    counts = select(CannedReply.audience, func.count(), func.sum(CannedReply.uses)).group_by(CannedReply.audience)
    for audience, number, uses in db.session.execute(counts):
        yield "rapport_canned_replies", "Canned replies", {"audience": audience}, number
        yield "rapport_canned_replies_used", "How often canned replies were used", {"audience": audience}, uses
