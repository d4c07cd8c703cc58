"""When a rule comes due: what the clock on the wall shows, turned into moments."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from dateutil.rrule import rrule, rrulestr

from app.core.errors import Invalid

Kind = Literal["cron", "interval", "at", "rrule"]
UNITS = {"minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400}
INTERVAL = re.compile(r"([1-9][0-9]{0,4}) (minute|hour|day|week)s?", re.ASCII)
LONGEST_RULE = 500
LONGEST_CRON = 200
CRON_EXAMPLE = "A cron expression has five fields, such as 0 9 * * 1-5."
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)

NUMBER = r"[1-9][0-9]{0,2}"
WEEK_DAY = r"MO|TU|WE|TH|FR|SA|SU"
RRULE_PARTS = {
    "FREQ": r"DAILY|WEEKLY|MONTHLY|YEARLY",
    "INTERVAL": NUMBER,
    "COUNT": NUMBER,
    "BYDAY": rf"([+-]?[1-5])?({WEEK_DAY})",
    "BYMONTHDAY": r"[+-]?([1-9]|[12][0-9]|3[01])",
    "BYMONTH": r"[1-9]|1[0-2]",
    "BYSETPOS": r"[+-]?[1-4]",
    "BYHOUR": r"[01]?[0-9]|2[0-3]",
    "BYMINUTE": r"[0-5]?[0-9]",
    "WKST": WEEK_DAY,
}
ONE_VALUE = ("FREQ", "INTERVAL", "COUNT", "WKST")
RRULE_EXAMPLE = "Write a rule as in calendars: FREQ=WEEKLY;BYDAY=MO;BYHOUR=9;BYMINUTE=0."
DAYS_OF_MONTHS = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
MOST_TIMES_A_DAY = 48
MOST_DAYS_BETWEEN = 366


@dataclass(frozen=True)
class Rule:
    """When something comes due.

    `text` by kind: cron "0 9 * * 1", interval "15 minutes", at "2026-03-08T02:30", rrule
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=9;BYMINUTE=0". All but intervals mean the clock on
    the wall in `zone`; intervals and rrules count from `starts_at`.
    """

    kind: Kind
    text: str
    zone: str = "UTC"
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def check(rule: Rule) -> None:
    """Raises: Invalid, by field, for a rule or a zone that makes no sense."""
    errors: dict[str, list[str]] = {}
    if rule.zone not in zones():
        errors["time_zone"] = ["There is no such time zone. Use a name such as Europe/London."]
    for name, moment in (("starts_at", rule.starts_at), ("ends_at", rule.ends_at)):
        if moment is not None and not EARLIEST <= moment < LATEST:
            errors[name] = ["Choose a day of this century."]
    if rule.starts_at and rule.ends_at and rule.ends_at <= rule.starts_at:
        errors["ends_at"] = ["The end lies before the start."]
    try:
        _parse(rule)
    except Invalid as refusal:
        errors["rule"] = [str(refusal)]
    if errors:
        raise Invalid(" ".join(sentences[0] for sentences in errors.values()), errors=errors)


@cache
def zones() -> frozenset[str]:
    """The names of time zones."""
    return frozenset(available_timezones() - {"localtime", "Factory", "build/etc/localtime"})


def to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the wall clock shows `local`: moved forward by the gap, or the first of two."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def next_time(rule: Rule, after: datetime) -> datetime | None:
    """The first due time later than `after`, or None when there is none. Raises: Invalid, as `check`."""
    if rule.starts_at is not None:
        after = max(after, rule.starts_at - INSTANT)
    found = _next_by_interval(rule, after) if rule.kind == "interval" else _next_by_wall_clock(rule, after)
    return None if found is None or (rule.ends_at is not None and found > rule.ends_at) else found


def times_after(rule: Rule, after: datetime) -> Iterator[datetime]:
    """All due times later than `after`, in order."""
    while (found := next_time(rule, after)) is not None:
        yield found
        after = found


def next_times(rule: Rule, after: datetime, count: int) -> list[datetime]:
    """The next due times, at most `count`."""
    return list(islice(times_after(rule, after), count))


def _next_by_interval(rule: Rule, after: datetime) -> datetime:
    step, start = interval_of(rule.text), rule.starts_at or datetime.fromtimestamp(0, UTC)
    return start + max(0, (after - start) // step + 1) * step


def _next_by_wall_clock(rule: Rule, after: datetime) -> datetime | None:
    """The earliest moment among the rule's local times.

    Local times come in the order of the wall clock. Those within a gap move behind it, so they may
    come out later than the one that follows them: the first that is really there decides.
    """
    zone = ZoneInfo(rule.zone)
    earliest: datetime | None = None
    for local in _local_times(rule, _just_before(after, zone)):
        moment = to_utc(local, zone)
        if moment <= after:
            continue
        earliest = min(earliest or moment, moment)
        if moment.astimezone(zone).replace(tzinfo=None) == local:
            break
    return earliest


def _just_before(after: datetime, zone: ZoneInfo) -> datetime:
    """A wall clock time no local time of a later moment lies before, whatever change there was within a day."""
    offsets = [moment.astimezone(zone).utcoffset() or timedelta() for moment in (after, after - timedelta(days=1))]
    return after.astimezone(UTC).replace(tzinfo=None) + min(offsets)


def _local_times(rule: Rule, begin: datetime) -> Iterator[datetime]:
    """The rule's wall clock times from about `begin` on, in order."""
    if rule.kind == "cron":
        return _cron(rule.text, begin - timedelta(minutes=1))
    if rule.kind == "rrule":
        return _rrule_times(rule, begin)
    return iter([_at(rule.text)])


def _parse(rule: Rule) -> None:
    if len(rule.text) > LONGEST_RULE:
        raise Invalid("This rule is too long.")
    if rule.kind == "cron":
        _cron(rule.text, EARLIEST.replace(tzinfo=None))
    elif rule.kind == "interval":
        interval_of(rule.text)
    elif rule.kind == "rrule":
        _rrule(rrule_parts(rule.text), EARLIEST.replace(tzinfo=None))
    elif rule.kind == "at":
        _at(rule.text)
    else:
        raise Invalid("Choose when it runs.")


def _cron(expression: str, begin: datetime) -> Iterator[datetime]:
    """Raises: Invalid for what is no cron expression of five fields."""
    if len(expression) > LONGEST_CRON or len(expression.split()) != 5:
        raise Invalid(CRON_EXAMPLE)
    try:
        return CronSim(expression, begin)
    except CronSimError as refusal:
        raise Invalid(f"{CRON_EXAMPLE} {refusal}.") from None


def interval_of(expression: str) -> timedelta:
    """Raises: Invalid unless it is a number of minutes, hours, days or weeks."""
    found = INTERVAL.fullmatch(expression)
    if found is None:
        raise Invalid("Write an interval as a number and a unit: 15 minutes, 2 hours, 1 day.")
    step = timedelta(seconds=int(found[1]) * UNITS[found[2]])
    if step.days > MOST_DAYS_BETWEEN:
        raise Invalid("An interval may be a year at most.")
    return step


def _at(expression: str) -> datetime:
    """Raises: Invalid unless it is a local date and time."""
    try:
        local = datetime.fromisoformat(expression)
    except ValueError:
        local = LATEST
    if local.tzinfo is not None or not EARLIEST.year <= local.year < LATEST.year:
        raise Invalid("Write the moment as date and time: 2026-03-08T09:30.")
    return local


def rrule_parts(expression: str) -> dict[str, str]:
    """The parts of an iCalendar rule. Raises: Invalid for what is none, or is beyond what Rapport schedules."""
    parts: dict[str, str] = {}
    for part in expression.removeprefix("RRULE:").split(";"):
        name, _equals, value = part.partition("=")
        if name not in RRULE_PARTS:
            raise Invalid(f"{name[:20] or 'Nothing'} cannot be used here. Start and end have their own fields.")
        values = [value] if name in ONE_VALUE else value.split(",")
        if name in parts or not all(re.fullmatch(RRULE_PARTS[name], one, re.ASCII) for one in values):
            raise Invalid(f"{name} cannot be “{value[:40]}”. {RRULE_EXAMPLE}")
        parts[name] = value
    _check_together(parts)
    return parts


def _check_together(parts: dict[str, str]) -> None:
    if "FREQ" not in parts:
        raise Invalid(RRULE_EXAMPLE)
    if parts["FREQ"] in ("DAILY", "WEEKLY") and re.search(r"\d", parts.get("BYDAY", "")):
        raise Invalid("A numbered week day, such as 2MO, needs FREQ=MONTHLY or YEARLY.")
    if len(_values(parts, "BYHOUR")) * len(_values(parts, "BYMINUTE")) > MOST_TIMES_A_DAY:
        raise Invalid(f"A rule may name at most {MOST_TIMES_A_DAY} times a day. For more use an interval.")
    days, months = _values(parts, "BYMONTHDAY", "1"), _values(parts, "BYMONTH", "1")
    if all(abs(int(day)) > DAYS_OF_MONTHS[int(month)] for day in days for month in months):
        raise Invalid("This rule never comes due.")


def _values(parts: dict[str, str], name: str, default: str = "0") -> list[str]:
    return parts.get(name, default).split(",")


def _rrule(parts: dict[str, str], start: datetime) -> rrule:
    """The rule without its COUNT. Raises: Invalid."""
    try:
        return rrulestr(";".join(f"{name}={value}" for name, value in parts.items() if name != "COUNT"), dtstart=start)
    except (ValueError, TypeError):
        raise Invalid(RRULE_EXAMPLE) from None


def _rrule_times(rule: Rule, begin: datetime) -> Iterator[datetime]:
    parts = rrule_parts(rule.text)
    start = (rule.starts_at or EARLIEST).astimezone(ZoneInfo(rule.zone)).replace(tzinfo=None, second=0, microsecond=0)
    if "COUNT" not in parts:
        start = _later_start(parts, start, begin)
    most = int(parts["COUNT"]) if "COUNT" in parts else None
    return (local for local in islice(_rrule(parts, start), most) if local >= begin)


def _later_start(parts: dict[str, str], start: datetime, begin: datetime) -> datetime:
    """A start from which the rule gives the same times, without the years before `begin`."""
    days = {"DAILY": 1, "WEEKLY": 7}.get(parts["FREQ"])
    if days is None:
        return start
    step = timedelta(days=days * int(parts.get("INTERVAL", 1)))
    return start + max(0, (begin - start) // step - 1) * step
