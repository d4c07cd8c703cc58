"""Counting grids in the background."""

from datetime import date
from typing import Any

from app.core import jobs
from app.segments.rfm import actions


@jobs.job(actions.COUNT_JOB)
def count(day: str | None = None) -> dict[str, Any]:
    """Count the grid as of a day, or as of now."""
    return {"took_ms": actions.keep_count(date.fromisoformat(day) if day else None).took_ms}
