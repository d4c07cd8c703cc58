"""A task in a few words: "call Ada tomorrow 10:00" is a call, and when it is due."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
KINDS = {
    "call": "call",
    "phone": "call",
    "ring": "call",
    "mail": "mail",
    "email": "mail",
    "write": "mail",
    "meet": "meeting",
    "visit": "meeting",
}
BEFORE = r"(?:^|\s)(?:(?:on|by|at|until)\s+)?"
END = r"(?=$|[\s,.!])"
CLOCK = re.compile(
    BEFORE
    + r"(?:(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)|(?P<half>1[0-2]|0?[1-9])(?P<noon>am|pm)|(?P<word>noon))"
    + END,
    re.I,
)
SOON = re.compile(r"(?:^|\s)in\s+(?P<number>\d{1,3})\s+(?P<unit>minute|hour|day|week|month)s?" + END, re.I)
NAMED = re.compile(
    BEFORE + r"(?P<next>next\s+)?(?P<day>today|tonight|tomorrow|week|month|" + "|".join(DAYS) + r")" + END,
    re.I,
)
WRITTEN = re.compile(BEFORE + r"(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)" + END)
SPOKEN = re.compile(
    BEFORE + r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+(?P<month>" + "|".join(MONTHS) + r")[a-z]*" + END, re.I
)
URGENT = re.compile(r"(?:^|\s)(?:!+|urgent)(?=$|\s)|!+$", re.I)
EVENING = time(18)


@dataclass(frozen=True)
class Understood:
    """What was meant. `title` has the words that are left."""

    title: str
    kind: str = "todo"
    priority: str = "normal"
    on: date | None = None
    at: time | None = None


def understand(words: str, here: datetime) -> Understood:
    """Read a task off a few words. `here` is what calendar and clock show where they were written."""
    left, is_urgent = _take(words, URGENT)
    left, clock = _take(left, CLOCK)
    at = _time(clock) if clock else None
    left, on, soon_at = _day(left, here)
    at = at or soon_at
    if at is not None and on is None:
        on = here.date() + timedelta(days=at <= here.time())
    title = " ".join(left.split()).strip(" ,") or " ".join(words.split())
    kind = KINDS.get(title.split()[0].lower(), "todo") if title else "todo"
    return Understood(title[:1].upper() + title[1:], kind, "high" if is_urgent else "normal", on, at)


def _take(words: str, pattern: re.Pattern[str]) -> tuple[str, re.Match[str] | None]:
    found = pattern.search(words)
    return (words, None) if found is None else (words[: found.start()] + " " + words[found.end() :], found)


def _time(found: re.Match[str]) -> time:
    if found["word"]:
        return time(12)
    if found["half"]:
        return time(int(found["half"]) % 12 + (12 if found["noon"].lower() == "pm" else 0))
    return time(int(found["hour"]), int(found["minute"]))


def _day(words: str, here: datetime) -> tuple[str, date | None, time | None]:
    """The words without the day, the day, and a time where the day says one."""
    for pattern, read in ((SOON, _soon), (WRITTEN, _written), (SPOKEN, _spoken), (NAMED, _named)):
        left, found = _take(words, pattern)
        if found is not None:
            try:
                return (left, *read(found, here))
            except (ValueError, OverflowError):
                return words, None, None
    return words, None, None


def _soon(found: re.Match[str], here: datetime) -> tuple[date, time | None]:
    number, unit = int(found["number"]), found["unit"].lower()
    if unit in ("minute", "hour"):
        moment = here + timedelta(**{f"{unit}s": number})
        return moment.date(), moment.time().replace(second=0, microsecond=0)
    return here.date() + relativedelta(**{f"{unit}s": number}), None  # type: ignore[arg-type]


def _written(found: re.Match[str], _here: datetime) -> tuple[date, None]:
    return date(int(found["year"]), int(found["month"]), int(found["day"])), None


def _spoken(found: re.Match[str], here: datetime) -> tuple[date, None]:
    """The next time this day of this month comes."""
    month = MONTHS.index(found["month"].lower()) + 1
    on = date(here.year, month, int(found["day"]))
    return on if on >= here.date() else on.replace(year=here.year + 1), None


def _named(found: re.Match[str], here: datetime) -> tuple[date, time | None]:
    name, today = found["day"].lower(), here.date()
    if name in ("week", "month"):
        if not found["next"]:
            raise ValueError
        return today + (relativedelta(weeks=1) if name == "week" else relativedelta(months=1)), None
    if name in ("today", "tonight", "tomorrow"):
        return today + timedelta(days=name == "tomorrow"), EVENING if name == "tonight" else None
    ahead = (DAYS.index(name) - today.weekday()) % 7 or 7
    return today + timedelta(days=ahead), None
