"""Counting in the background."""

from typing import Any

from app.core import jobs
from app.engine.answers import actions
from app.engine.answers.queries import Question


@jobs.job(actions.COUNT_JOB)
def count(name: str, args: dict[str, Any]) -> dict[str, Any]:
    """Answer one question, and keep the answer."""
    return {"took_ms": actions.keep(Question(name, args)).took_ms}
