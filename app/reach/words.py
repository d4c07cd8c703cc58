"""Tasks and what became of their messages, as people say it."""

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app

from app.engine.events import catalogue
from app.engine.filters import tree, words
from app.engine.filters.tree import BadFilter
from app.engine.schedules import words as rules
from app.engine.schedules.due_times import Rule
from app.reach.channels.base import CHANNELS
from app.reach.messages import facts
from app.reach.models import TouchTask
from app.reach.reports.backlog import Trouble
from app.reach.triggers import OWN

STEPS = {
    "intended": "About to be sent",
    "sent": "Sent",
    "failed": "Failed",
    "later": "Put off to another try",
    "unknown": "Nobody knows whether it went",
    "excluded": "Left out as it was to be sent",
    "expired": "Came too late to be sent",
    "cancelled": "Cancelled",
    "delivered": "Delivered",
    "bounced": "Came back",
    "opened": "Opened",
    "clicked": "Clicked",
}
TONES = {"draft": "off", "scheduled": "info", "running": "info", "paused": "wait", "done": "good", "failed": "bad"}
STEP_TONES = {
    "sent": "good",
    "delivered": "good",
    "opened": "good",
    "clicked": "good",
    "failed": "bad",
    "bounced": "bad",
    "expired": "bad",
    "unknown": "wait",
    "later": "wait",
    "intended": "wait",
}
LATE = {
    "critical": "Messages that go at once are late",
    "default": "Messages that go soon are late",
    "bulk": "Messages that go when there is room are late",
}
NO_WORKER = "No worker is running for them, or too few are."
EVERYBODY = "Everybody"
WHOEVER = "Whoever it happens to"
UNITS = {"minutes": 1, "hours": 60, "days": 1440}


def channel_label(key: str) -> str:
    """What people call a channel; its key when nothing here knows it any more."""
    return CHANNELS[key].label if key in CHANNELS else key


def channel_icon(key: str) -> str:
    """Its sign."""
    return CHANNELS[key].icon if key in CHANNELS else "send"


def step_label(kind: str) -> str:
    """What people call what happened last to a delivery; waiting where nothing did."""
    return STEPS.get(kind, kind) or "Waiting"


def step_tone(kind: str) -> str:
    """Whether that is good."""
    return STEP_TONES.get(kind, "info")


def why_late(troubles: Iterable[Trouble]) -> str:
    """Why messages wait: what providers say, else what is left."""
    said = dict.fromkeys(f"{channel_label(one.channel)}: {one.problem.rstrip('.')}." for one in troubles)
    return " ".join(said) or NO_WORKER


def event_label(name: str) -> str:
    """What people call an event."""
    known = catalogue.TYPES.get(name)
    return known.label if known else f"“{name.removeprefix(OWN)}”, which a program tells us"


def facts_in_words(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What an event told, as people write it: amounts with their currency, days and moments of the shop's clock."""
    zone = ZoneInfo(current_app.extensions["rapport"].time_zone)
    said = [(name, facts.say(name, value, told, "en_GB", zone)) for name, value in told.items() if value is not None]
    return [(name.removesuffix(facts.MINOR).replace("_", " "), words) for name, words in said]


def when(task: TouchTask) -> str:
    """When it goes."""
    if task.timing == "event":
        return f"When: {event_label(task.event_type or '')}{_after(task.delay_minutes)}"
    if task.rule is None:
        return "At once"
    said = rules.in_words(Rule(**task.rule))
    return said[0].upper() + said[1:]


def _after(minutes: int) -> str:
    if not minutes:
        return ""
    number, unit = length_of(minutes)
    return f", {number} {unit if number > 1 else unit.removesuffix('s')} later"


def length_of(minutes: int) -> tuple[int, str]:
    """Some minutes in the largest unit that fits: 90 -> 90 minutes, 120 -> 2 hours."""
    unit = next((name for name, size in reversed(UNITS.items()) if minutes and minutes % size == 0), "minutes")
    return minutes // UNITS[unit], unit


def who(task: TouchTask, segment: str | None = None, listed: int | None = None) -> str:
    """Whom it means."""
    if task.timing == "event":
        return WHOEVER
    if task.audience == "segment":
        return f"Segment: {segment or 'unknown'}"
    if task.audience == "list":
        return "A list" if listed is None else f"A list of {listed:,}"
    return filter_in_words(task.tree)


def filter_in_words(written: Mapping[str, Any]) -> str:
    """A filter of customers as a sentence."""
    try:
        wanted = tree.read("customer", dict(written) or {"all": []})
    except BadFilter:
        return "A filter about a field that is gone"
    return EVERYBODY if wanted.is_empty else words.sentence(wanted, current_app.extensions["rapport"].currency)


def seconds_in_words(seconds: int) -> str:
    """A length of time, roughly: "under a minute", "about 3 minutes"."""
    if seconds < 60:
        return "under a minute"
    number, unit = (round(seconds / 60), "minute") if seconds < 5_400 else (round(seconds / 3600), "hour")
    if seconds >= 172_800:
        number, unit = round(seconds / 86_400), "day"
    return f"about {number:,} {unit}{'' if number == 1 else 's'}"
