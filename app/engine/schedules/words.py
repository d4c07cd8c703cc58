"""A rule as people say it: "every Monday at 09:00, Europe/London"."""

from datetime import datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim

from app.engine.schedules.due_times import Rule, rrule_parts

DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAY_CODES = {"SU": 0, "MO": 1, "TU": 2, "WE": 3, "TH": 4, "FR": 5, "SA": 6}
PERIODS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}


def in_words(rule: Rule) -> str:
    """The rule in words, with its zone where the clock on the wall matters."""
    if rule.kind == "interval":
        number, unit = rule.text.split(" ")
        return f"every {unit.removesuffix('s')}" if number == "1" else f"every {number} {unit}"
    said = {"cron": _cron, "rrule": _rrule, "at": _at}[rule.kind](rule.text)
    return f"{said}, {rule.zone}"


def moment_in_words(moment: datetime, zone: str) -> str:
    """What calendar and clock show in a zone: "Mon 23 Nov 2026, 09:00"."""
    here = moment.astimezone(ZoneInfo(zone))
    return f"{here:%a} {here.day} {here:%b %Y, %H:%M}"


def _at(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return f"once, on {moment.day} {moment:%B %Y} at {moment:%H:%M}"


def _cron(text: str) -> str:
    minute, hour, month_day, month, week_day = text.split()
    if minute.isdigit() and hour.isdigit() and month == "*":
        time = f"at {int(hour):02}:{int(minute):02}"
        if month_day == "*" and (days := _week_days(week_day)):
            return f"{days} {time}"
        if week_day == "*" and (days := _month_day(month_day)):
            return f"on the {days} of each month {time}"
    said = str(CronSim(text, datetime(2000, 1, 1)).explain())
    return said[0].lower() + said[1:]


def _week_days(field: str) -> str:
    if field == "*":
        return "every day"
    if field == "1-5":
        return "Monday to Friday"
    days = field.split(",")
    if not all(day.isdigit() and int(day) < len(DAYS) for day in days):
        return ""
    return "every " + _listed([DAYS[day] for day in sorted({int(day) or 7 for day in days})])


def _month_day(field: str) -> str:
    if field == "L":
        return "last day"
    return ordinal(int(field)) if field.isdigit() else ""


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th …"""
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _rrule(text: str) -> str:
    parts = rrule_parts(text)
    simple = {"FREQ", "INTERVAL", "COUNT", "BYDAY", "BYMONTHDAY", "BYHOUR", "BYMINUTE", "WKST"}
    if not parts.keys() <= simple:
        return f"by the rule {text.removeprefix('RRULE:')}"
    every, period = parts.get("INTERVAL", "1"), PERIODS[parts["FREQ"]]
    said = [f"every {period}" if every == "1" else f"every {every} {period}s"]
    if "BYDAY" in parts:
        said.append(f"on {_listed([_calendar_day(code) for code in parts['BYDAY'].split(',')])}")
    if "BYMONTHDAY" in parts:
        said.append(f"on {_listed([_rrule_month_day(day) for day in parts['BYMONTHDAY'].split(',')])}")
    if "BYHOUR" in parts:
        minutes = parts.get("BYMINUTE", "0").split(",")
        times = {f"{int(hour):02}:{int(minute):02}" for hour in parts["BYHOUR"].split(",") for minute in minutes}
        said.append(f"at {_listed(sorted(times))}")
    if "COUNT" in parts:
        said.append("once" if parts["COUNT"] == "1" else f"{parts['COUNT']} times")
    return " ".join(said)


def _calendar_day(code: str) -> str:
    """MO, 2MO or -1FR in words."""
    name, place = DAYS[DAY_CODES[code[-2:]]], int(code[:-2] or 0)
    if place == 0:
        return name
    return f"the {ordinal(place)} {name}" if place > 0 else f"the {_from_the_end(place)} {name}"


def _rrule_month_day(number: str) -> str:
    return f"the {ordinal(int(number)) if int(number) > 0 else _from_the_end(int(number)) + ' day'}"


def _from_the_end(place: int) -> str:
    return "last" if place == -1 else f"{ordinal(-place)} last"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
