"""What is said about time ("Friday", "Friday at ten"), as moments."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app

from app.core.access import Actor
from app.core.clock import today
from app.engine.schedules.due_times import to_utc

MORNING = time(9)


@dataclass(frozen=True)
class Due:
    """A day, and a time of it or none, by the clock on the wall of a zone."""

    on: date
    at: time | None = None
    zone: str = "UTC"

    @property
    def begins_at(self) -> datetime:
        """The moment it names; of a day without a time, its beginning."""
        return to_utc(datetime.combine(self.on, self.at or time()), ZoneInfo(self.zone))

    @property
    def is_over_at(self) -> datetime:
        """The moment from which it is late; of a day without a time, the end of the day."""
        if self.at is not None:
            return self.begins_at
        return to_utc(datetime.combine(self.on + timedelta(days=1), time()), ZoneInfo(self.zone))

    def reminder(self, minutes: int) -> datetime:
        """So long before; of a day without a time, before nine in the morning."""
        at = self.at or MORNING
        return to_utc(datetime.combine(self.on, at), ZoneInfo(self.zone)) - timedelta(minutes=minutes)


def due_of(moment: datetime, zone: str, *, has_time: bool) -> Due:
    """What the clock on the wall of a zone shows at a moment."""
    local = moment.astimezone(ZoneInfo(zone))
    return Due(local.date(), local.time().replace(second=0, microsecond=0) if has_time else None, zone)


def in_words(on: date | None, at: time | str | None = None) -> str:
    """A due time as people say it: "Today, 10:00", "Tomorrow", "Fri 27 Nov"."""
    if on is None:
        return "No date"
    near = {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}
    far = f"{on:%a} {on.day} {on:%b}" + ("" if on.year == today().year else f" {on.year}")
    day = near.get((on - today()).days, far)
    return day if at is None else f"{day}, {at if isinstance(at, str) else format(at, '%H:%M')}"


def zone_of(actor: Actor) -> str:
    """Where somebody is; the shop's own zone unless they say otherwise."""
    return actor.time_zone or str(current_app.extensions["rapport"].time_zone)
