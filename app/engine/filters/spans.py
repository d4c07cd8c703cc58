"""Spans of time in words that stay true: "90d" is the ninety days before now, "month" the present one.

A span is resolved in the zone of whoever asks, once, to two moments; both back ends compare with those.
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

LENGTH = re.compile(r"([1-9][0-9]{0,3})([hdwmy])")
UNITS = {"h": "hour", "d": "day", "w": "week", "m": "month", "y": "year"}
PRESENT = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True)
class Moment:
    """When and where a filter is asked."""

    now: datetime
    zone: ZoneInfo


Time = TypeVar("Time", datetime, date)


@dataclass(frozen=True)
class Span(Generic[Time]):
    """From the first moment or day up to, and without, the last; None leaves an end open."""

    start: Time | None
    end: Time | None

    def holds(self, seen: Time) -> bool:
        """True when a moment or day lies inside."""
        return (self.start is None or seen >= self.start) and (self.end is None or seen < self.end)

    @property
    def before(self) -> "Span[Time]":
        """All that lies before it."""
        return Span(None, self.start)


def shift(moment: Moment, length: str, *, forwards: bool = False) -> datetime:
    """Now, moved by a length such as "90d" on the zone's clock and calendar: 31 March less a month is 28 February."""
    found = LENGTH.fullmatch(length)
    if found is None:
        raise ValueError(length)
    number, unit = int(found[1]) * (1 if forwards else -1), found[2]
    if unit == "h":
        return moment.now + timedelta(hours=number)
    local = moment.now.astimezone(moment.zone)
    if unit in "dw":
        day = local.date() + timedelta(days=number * (7 if unit == "w" else 1))
    else:
        day = _months_on(local.date(), number * (12 if unit == "y" else 1))
    return datetime.combine(day, local.time(), moment.zone)


def last(moment: Moment, length: str) -> Span[datetime]:
    """The time from a length ago until now, now included."""
    return Span(shift(moment, length), moment.now + timedelta(microseconds=1))


def older(moment: Moment, length: str) -> Span[datetime]:
    """The time before a length ago."""
    return Span(None, shift(moment, length))


def coming(moment: Moment, length: str) -> Span[datetime]:
    """The time from now until a length from now."""
    return Span(moment.now, shift(moment, length, forwards=True))


def present(moment: Moment, unit: str) -> Span[datetime]:
    """The day, week (from Monday), month, quarter or year that now lies in."""
    today = moment.now.astimezone(moment.zone).date()
    if unit == "day":
        first, following = today, today + timedelta(days=1)
    elif unit == "week":
        first = today - timedelta(days=today.weekday())
        following = first + timedelta(days=7)
    else:
        months = {"month": 1, "quarter": 3, "year": 12}[unit]
        first = date(today.year, (today.month - 1) // months * months + 1, 1)
        following = _months_on(first, months)
    return days(moment, first, following - timedelta(days=1))


def days(moment: Moment, first: date | None, last_day: date | None) -> Span[datetime]:
    """Whole days of the zone, both included."""
    following = last_day + timedelta(days=1) if last_day else None
    return Span(_midnight(first, moment.zone), _midnight(following, moment.zone))


def days_of(resolve: Callable[[Moment, Any], Span[datetime]]) -> Callable[[Moment, Any], Span[date]]:
    """The same question about days: every day of the zone that the span touches is in it."""

    def whole_days(moment: Moment, value: Any) -> Span[date]:
        span = resolve(moment, value)
        first = span.start.astimezone(moment.zone).date() if span.start else None
        last_day = (span.end - timedelta(microseconds=1)).astimezone(moment.zone).date() if span.end else None
        return Span(first, last_day + timedelta(days=1) if last_day else None)

    return whole_days


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day, time(), zone) if day else None


def _months_on(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    if not date.min.year <= year <= date.max.year:
        raise ValueError(months)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
