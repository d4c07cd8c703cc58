"""When a snoozed conversation may come back: times the shop is open, as people choose them."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from app.engine.hours.times import OpeningHours

LATER = timedelta(hours=3)
MORNING = time(9)


@dataclass(frozen=True)
class Preset:
    """A time to choose by one click."""

    label: str
    until: datetime


def list_presets(hours: OpeningHours, moment: datetime) -> list[Preset]:
    """Later today, tomorrow and next week, each when the shop is open; a day without opening is left out."""
    here = moment.astimezone(hours.zone)
    tomorrow = here.date() + timedelta(days=1)
    monday = here.date() + timedelta(days=7 - here.weekday())
    asked = [
        ("Later today", moment + LATER, here.date()),
        ("Tomorrow", datetime.combine(tomorrow, _begins(hours), hours.zone), tomorrow),
        ("Next week", datetime.combine(monday, _begins(hours), hours.zone), monday + timedelta(days=6)),
    ]
    presets: list[Preset] = []
    for label, wanted, latest in asked:
        until = hours.next_opening(wanted)
        fits = until is not None and until.astimezone(hours.zone).date() <= latest
        if until is not None and fits and all(until > one.until for one in presets):
            presets.append(Preset(label, until))
    return presets


def _begins(hours: OpeningHours) -> time:
    """From when on a day is asked: a shop that is always open begins in the morning."""
    return MORNING if hours.is_always_open else time()
