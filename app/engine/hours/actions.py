"""Setting opening hours."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from sqlalchemy import delete

from app.core import known
from app.core.access import Actor
from app.core.db import db
from app.core.errors import Invalid
from app.engine.events import actions as events
from app.engine.hours.models import Holiday, OpeningSpan
from app.engine.hours.times import MINUTES_A_DAY, Span, Spans

LONGEST_NAME = 80
MOST_SPANS = 4


def set_week(week: Sequence[Sequence[Span]], *, actor: Actor) -> None:
    """Let the shop be open in these spans, Monday first; none at all means always open.

    Raises: Invalid, by weekday ("0" to "6"), for spans that end before they begin, overlap or are too many.
    """
    errors = {str(weekday): words for weekday, spans in enumerate(week) if (words := _complaints(spans))}
    if errors:
        raise Invalid(errors=errors)
    db.session.execute(delete(OpeningSpan))
    for weekday, spans in enumerate(week):
        for opens, closes in spans:
            db.session.add(OpeningSpan(weekday=weekday, opens=opens, closes=closes))
    _changed(actor)


def add_holiday(day: date, name: str, spans: Spans = (), *, actor: Actor) -> Holiday:
    """Let one date be unlike its weekday: closed, or open in one span.

    Raises: Invalid, by field; also when the date is in the list already.
    """
    errors: dict[str, list[str]] = {}
    if not 1 <= len(name) <= LONGEST_NAME:
        errors["name"] = [f"Enter a name of at most {LONGEST_NAME} characters, such as New Year."]
    if words := _complaints(spans):
        errors["opens"] = words
    if errors:
        raise Invalid(errors=errors)
    if db.session.get(Holiday, day) is not None:
        raise Invalid(errors={"day": ["This date is in the list already. Remove it first."]})
    opens, closes = spans[0] if spans else (None, None)
    holiday = Holiday(day=day, name=name, opens=opens, closes=closes)
    db.session.add(holiday)
    _changed(actor)
    return holiday


def remove_holiday(holiday: Holiday, *, actor: Actor) -> None:
    """Let a date be like its weekday again."""
    db.session.delete(holiday)
    _changed(actor)


def _complaints(spans: Sequence[Span]) -> list[str]:
    if len(spans) > MOST_SPANS:
        return [f"Enter at most {MOST_SPANS} spans for a day."]
    if any(not 0 <= opens < closes <= MINUTES_A_DAY for opens, closes in spans):
        return ["Closing must be later than opening. Past midnight, end this day at 24:00 and begin the next at 0:00."]
    ordered = sorted(spans)
    if any(closes > begins for (_opens, closes), (begins, _closes) in pairwise(ordered)):
        return ["These spans overlap. Enter each hour once."]
    return []


def _changed(actor: Actor) -> None:
    db.session.flush()
    events.emit("hours.changed", actor=actor, subject_id=None)
    known.changed()
