"""The only source of the present moment."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import current_app


def now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day it is in the shop."""
    return now().astimezone(ZoneInfo(current_app.extensions["rapport"].time_zone)).date()
