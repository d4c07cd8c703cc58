"""Reading opening hours."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import select

from app.core.db import db
from app.core.errors import NotFound
from app.core.known import Known
from app.engine.hours.models import Holiday, OpeningSpan
from app.engine.hours.times import ALWAYS, OpeningHours


def shop_hours() -> OpeningHours:
    """The shop's opening hours. What was saved a moment ago counts at once, unless Redis is away."""
    return _known.get()


def fresh_hours() -> OpeningHours:
    """The shop's opening hours as this transaction has them."""
    week: list[list[tuple[int, int]]] = [[] for _day in range(7)]
    for span in list_spans():
        week[span.weekday].append((span.opens, span.closes))
    return OpeningHours(
        zone=ZoneInfo(current_app.extensions["rapport"].time_zone),
        week=tuple(map(tuple, week)) if any(week) else ALWAYS,
        holidays={
            one.day: () if one.opens is None or one.closes is None else ((one.opens, one.closes),)
            for one in list_holidays()
        },
    )


_known = Known(fresh_hours)


def list_spans() -> Sequence[OpeningSpan]:
    """The spans of the week, in order."""
    return db.session.scalars(select(OpeningSpan).order_by(OpeningSpan.weekday, OpeningSpan.opens)).all()


def list_holidays(since: date | None = None) -> Sequence[Holiday]:
    """The dates unlike their weekday, in order; those before `since` left out."""
    query = select(Holiday).order_by(Holiday.day)
    return db.session.scalars(query if since is None else query.where(Holiday.day >= since)).all()


def get_holiday(day: date) -> Holiday:
    """One date unlike its weekday. Raises: NotFound."""
    found = db.session.get(Holiday, day)
    if found is None:
        raise NotFound
    return found
