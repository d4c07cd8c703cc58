"""Calling in the background."""

from uuid import UUID

from app.calls.actions import calling
from app.core import jobs


@jobs.job(calling.DIAL)
def dial(call_id: str) -> None:
    """Ask the provider to call."""
    calling.dial(UUID(call_id))
