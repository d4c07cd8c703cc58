"""What people say while they work through a list."""

from datetime import date

from flask import request

from app.core.errors import Invalid
from app.people import details
from app.work.actions import LONGEST_NAME

LONGEST_NOTE = 10_000
LONGEST_QUERY = 20_000


def read_list() -> tuple[str, str]:
    """The list's path, and the state of its address. Raises: Invalid for one that is too long."""
    query = request.values.get("query", "")
    if len(query) > LONGEST_QUERY:
        raise Invalid("This list’s address is too long.")
    return request.values.get("list", ""), query


def read_name() -> str:
    """What the run is called."""
    return details.plain_text(request.form.get("name", ""), LONGEST_NAME)


def read_note() -> str:
    """What was written about the record."""
    return details.plain_text(request.form.get("note", "").replace("\r\n", "\n"), LONGEST_NOTE)


def read_until() -> date | None:
    """The day a record is put off to. Raises: Invalid."""
    text = request.form.get("until", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(errors={"until": ["Write the day as 2026-12-24."]}) from None
