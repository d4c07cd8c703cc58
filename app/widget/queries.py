"""Reading widgets, visitors and what a browser's session says."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import func, select

from app.accounts import sign_ins
from app.core import metrics
from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.widget.models import Visitor, Widget, WidgetSession


def list_widgets() -> Sequence[Widget]:
    """All widgets by name."""
    return db.session.scalars(select(Widget).order_by(Widget.name, Widget.widget_id)).all()


def get_widget(widget_id: UUID) -> Widget:
    """One widget. Raises: NotFound."""
    widget = db.session.get(Widget, widget_id)
    if widget is None:
        raise NotFound
    return widget


def get_by_key(key: str) -> Widget:
    """The widget that pages name by this key. Raises: NotFound, also where it is switched off."""
    widget = db.session.scalar(select(Widget).where(Widget.key == key, Widget.is_on))
    if widget is None:
        raise NotFound
    return widget


def find_visitor(actor: Actor) -> Visitor | None:
    """The visitor who acts; None for a customer."""
    return db.session.get(Visitor, actor.id) if actor.kind == "visitor" else None


def get_session(actor: Actor) -> WidgetSession:
    """The session the actor came with. Raises: NotFound."""
    session = db.session.get(WidgetSession, sign_ins.hash_of(actor.session_id))
    if session is None:
        raise NotFound
    return session


@metrics.collector
def collect() -> Iterable[tuple[str, str, dict[str, str], float]]:
    """How many visitors talked and how many of them proved to be customers, for the metrics page."""
    total, proved = db.session.execute(select(func.count(), func.count(Visitor.became_id))).one()
    for state, number in (("not_verified", total - proved), ("proved", proved)):
        yield "rapport_visitors", "Visitors who talked through a widget", {"state": state}, number
