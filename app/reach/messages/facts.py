"""What an event told, as people write it: amounts, days and moments where one can tell that they are some."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.core.money import format_money
from app.engine.placeholders import wording
from app.reach.messages.own_fields import ASKED
from app.reach.messages.placeholders import EVENT

CURRENCY = re.compile("[A-Z]{3}")
MINOR = "_minor"
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)


def words_of(facts: Mapping[str, Any], locale: str, zone: ZoneInfo) -> dict[str, str]:
    """Placeholder -> what it says. A moment is one of the shop's clock; what is nothing says nothing."""
    said: dict[str, str] = {}
    for name, value in facts.items():
        if value is not None:
            said[EVENT + name] = say(name, value, facts, locale, zone)
            said[EVENT + name + ASKED] = str(value)
    return said


def say(name: str, value: Any, facts: Mapping[str, Any], locale: str, zone: ZoneInfo) -> str:
    """One of them; `amount_minor` with the `currency` beside it."""
    currency = facts.get("currency")
    if isinstance(value, bool):
        return wording.yes_or_no(value, locale)
    if isinstance(value, int) and name.endswith(MINOR) and CURRENCY.fullmatch(str(currency)):
        return format_money(value, str(currency), locale)
    if isinstance(value, float):
        return wording.number(value, locale)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return wording.several(value, locale)
    return _text(str(value), locale, zone)


def _text(value: str, locale: str, zone: ZoneInfo) -> str:
    """A text, which may be a day or a moment; a moment without a zone is one of the shop's clock as it stands."""
    try:
        if DAY.fullmatch(value):
            return wording.day(date.fromisoformat(value), locale)
        if MOMENT.fullmatch(value):
            at = datetime.fromisoformat(value)
            return wording.moment(at.astimezone(zone) if at.tzinfo else at, locale)
    except (ValueError, OverflowError):
        pass  # it only looks like one, such as 2026-02-30
    return value
