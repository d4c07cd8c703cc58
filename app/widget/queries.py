"""Reading widgets, visitors and what a browser's session says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from sqlalchemy import ColumnElement, func, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from app.accounts import sign_ins
from app.conversations.models import Channel
from app.core import metrics
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import NotFound
from app.engine.schedules import due_times
from app.people.details import masked_email
from app.widget.models import Visitor, VisitorSettings, Widget, WidgetSession

USUAL_DAYS = 90


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


def get_settings() -> VisitorSettings:
    """What is decided about visitors; as it is from the start where nobody decided yet."""
    return db.session.get(VisitorSettings, True) or VisitorSettings(forget_after_days=USUAL_DAYS)


def find_visitor(actor: Actor) -> Visitor | None:
    """The visitor who acts; None for a customer."""
    return db.session.get(Visitor, actor.id) if actor.kind == "visitor" else None


def get_session(actor: Actor) -> WidgetSession:
    """The session the actor came with. Raises: NotFound."""
    session = db.session.get(WidgetSession, sign_ins.hash_of(actor.session_id))
    if session is None:
        raise NotFound
    return session


@dataclass(frozen=True)
class VisitorFacts:
    """What stands beside the thread of somebody who began it without an account. Nobody checked what they said.

    `earlier`: how many topics they had before this one. `proof`: how they proved to be the customer, or "none".
    """

    name: str
    email: str
    page: str
    page_title: str
    page_now: str
    page_now_title: str
    language: str
    time_zone: str
    first_seen: datetime
    earlier: int
    proof: str
    proved_at: datetime | None

    @property
    def is_proved(self) -> bool:
        """They turned out to be a customer."""
        return self.proof != "none"

    @property
    def their_time(self) -> str:
        """What the clock on their wall shows: "14:05, Europe/Vienna"; "" where the zone is not known."""
        if self.time_zone not in due_times.zones():
            return ""
        return f"{now().astimezone(ZoneInfo(self.time_zone)):%H:%M}, {self.time_zone.replace('_', ' ')}"


def visitor_column() -> ColumnElement[Any]:
    """Of each channel of a statement the visitor who began it, for `visitor_as_seen`."""
    other = aliased(Channel)
    earlier = select(func.count()).where(
        other.visitor_id == Channel.visitor_id, other.requested_at < Channel.requested_at
    )
    kept = (
        Visitor.page,
        Visitor.page_title,
        Visitor.page_now,
        Visitor.page_now_title,
        Visitor.time_zone,
        Visitor.proof,
        Visitor.proved_at,
    )
    told = func.jsonb_build_object(
        *(part for column in kept for part in (column.key, column)),
        *("name", Visitor.name, "email", Visitor.claimed_email, "language", Visitor.locale),
        *("first_seen", Visitor.created_at, "earlier", earlier.correlate(Channel).scalar_subquery()),
    )
    of_channel = select(type_coerce(told, JSONB)).where(Visitor.person_id == Channel.visitor_id)
    return of_channel.correlate(Channel).scalar_subquery()


def visitor_as_seen(actor: Actor, told: dict[str, Any]) -> VisitorFacts:
    """What `visitor_column` found, as this actor may see it."""
    proved_at = told["proved_at"] and datetime.fromisoformat(told["proved_at"])
    email = told["email"] or ""
    seen = {
        "email": email if actor.can("pii.read") else masked_email(email),
        "language": _language(told["language"]),
        "first_seen": datetime.fromisoformat(told["first_seen"]),
        "proved_at": proved_at,
    }
    return VisitorFacts(**{**told, **seen})


def _language(tag: str) -> str:
    """A language in words: "German (Austria)"; "" for one nobody knows."""
    try:
        return Locale.parse(tag, sep="-").get_display_name("en") or ""
    except (ValueError, UnknownLocaleError):
        return ""


@metrics.collector
def collect() -> Iterable[tuple[str, str, dict[str, str], float]]:
    """How many visitors talked and how many of them proved to be customers, for the metrics page."""
    total, proved = db.session.execute(select(func.count(), func.count(Visitor.became_id))).one()
    for state, number in (("not_verified", total - proved), ("proved", proved)):
        yield "rapport_visitors", "Visitors who talked through a widget", {"state": state}, number
