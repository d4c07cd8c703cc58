"""What is typed about consent, as plain values."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask import current_app

from app.core.clock import today
from app.core.errors import Invalid
from app.people.consent.models import FIRST_YEAR, TOO_LONG_AGO


def moment_of(typed: str) -> datetime | None:
    """When somebody agreed, of a day such as 2026-11-21: noon of it, None for today. Raises: Invalid."""
    if not typed.strip():
        return None
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        raise Invalid(errors={"happened_on": ["Enter a day such as 2026-11-21."]}) from None
    if day.year < FIRST_YEAR:
        raise Invalid(errors={"happened_on": [TOO_LONG_AGO]})
    zone = ZoneInfo(current_app.extensions["rapport"].time_zone)
    return None if day == today() else datetime.combine(day, time(12), zone)


def version_of(typed: str) -> int:
    """Which version of a wording was read; 0 for none."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
