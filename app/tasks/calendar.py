"""A calendar's days, and what stands on them; packages above add what they know of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from app.core.access import Actor
from app.core.errors import Invalid

FIRST_HOUR, LAST_HOUR = 8, 18
Shape = Literal["month", "week"]


@dataclass(frozen=True)
class Entry:
    """Something on a day, at a time of it or not. `task_id`: it can be moved."""

    on: date
    title: str
    href: str
    icon: str
    at: time | None = None
    tone: str = ""
    is_over: bool = False
    task_id: UUID | None = None


@dataclass(frozen=True)
class CalendarSource:
    """Where entries come from: `find(actor, first, last)` gives those of somebody's days, in one statement."""

    key: str
    permission: str
    find: Callable[[Actor, date, date], Sequence[Entry]]


@dataclass(frozen=True)
class Day:
    """A day of the calendar. `is_beside`: of the month before or after."""

    on: date
    entries: Sequence[Entry]
    is_today: bool
    is_beside: bool

    @property
    def all_day(self) -> list[Entry]:
        """What has no time."""
        return [entry for entry in self.entries if entry.at is None]

    def in_hour(self, hour: int) -> list[Entry]:
        """What is within an hour."""
        return [entry for entry in self.entries if entry.at is not None and entry.at.hour == hour]


@dataclass(frozen=True)
class Sheet:
    """A month or a week, week by week. `around` is the day it was opened for."""

    shape: Shape
    around: date
    weeks: Sequence[Sequence[Day]]

    @property
    def days(self) -> list[Day]:
        """All its days."""
        return [day for week in self.weeks for day in week]

    @property
    def hours(self) -> range:
        """The hours a week shows: those of work, and whatever else has an entry."""
        found = [entry.at.hour for day in self.days for entry in day.entries if entry.at is not None]
        return range(min([FIRST_HOUR, *found]), max([LAST_HOUR, *found]) + 1)

    @property
    def before(self) -> date:
        """A day of the sheet before."""
        return (
            self.around - timedelta(days=7) if self.shape == "week" else _month_start(self.around) - timedelta(days=1)
        )

    @property
    def after(self) -> date:
        """A day of the sheet after."""
        return self.around + timedelta(days=7) if self.shape == "week" else _month_end(self.around) + timedelta(days=1)


_sources: dict[str, CalendarSource] = {}


def add_source(source: CalendarSource) -> None:
    """Let calendars show more."""
    _sources[source.key] = source


def draw(actor: Actor, shape: Shape, around: date, today: date) -> Sheet:
    """An actor's calendar around a day; weeks begin on Monday."""
    first, last = span_of(shape, around)
    found = entries_of(actor, first, last)
    days = [
        Day(on, found.get(on, []), on == today, shape == "month" and on.month != around.month)
        for on in (first + timedelta(days=number) for number in range((last - first).days + 1))
    ]
    return Sheet(shape, around, [days[start : start + 7] for start in range(0, len(days), 7)])


def span_of(shape: Shape, around: date) -> tuple[date, date]:
    """The first and the last day of a sheet. Raises: Invalid beyond what calendars know."""
    begin, end = (_month_start(around), _month_end(around)) if shape == "month" else (around, around)
    try:
        return begin - timedelta(days=begin.weekday()), end + timedelta(days=6 - end.weekday())
    except OverflowError:
        raise Invalid("Choose a day of this century.") from None


def entries_of(actor: Actor, first: date, last: date) -> dict[date, list[Entry]]:
    """What stands on an actor's days, by day; what has no time first."""
    found: dict[date, list[Entry]] = {}
    for source in _sources.values():
        if actor.can(source.permission):
            for entry in source.find(actor, first, last):
                found.setdefault(entry.on, []).append(entry)
    for entries in found.values():
        entries.sort(key=lambda entry: (entry.at or time.min, entry.title))
    return found


def moved(at: time | None, to: str) -> tuple[date, time | None]:
    """Where an entry goes that is dropped on `to`: a day, an hour of it ("2026-11-21T10"; the minutes stay), or
    no time of it ("2026-11-21T"). Raises: Invalid.
    """
    day, has_hours, hour = to.partition("T")
    try:
        on = date.fromisoformat(day)
        if has_hours:
            at = time(int(hour), at.minute if at else 0) if hour else None
    except ValueError:
        raise Invalid("There is no such day.") from None
    return on, at


def shifted(on: date, at: time | None, days: int, hours: int) -> tuple[date, time | None]:
    """Where an entry goes that is pushed by so many days and hours. Raises: Invalid."""
    try:
        if at is None:
            return on + timedelta(days=days), None
        moment = datetime.combine(on, at) + timedelta(days=days, hours=hours)
    except OverflowError:
        raise Invalid("Choose a day of this century.") from None
    return moment.date(), moment.time()


def _month_start(day: date) -> date:
    return day.replace(day=1)


def _month_end(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
