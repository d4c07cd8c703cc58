"""Coding many different texts anew."""

from typing import Any

from app.core import jobs
from app.engine.codes import actions, fields
from app.engine.events.models import Event


@jobs.job(actions.RECODE_JOB)
def recode(field: str) -> dict[str, Any]:
    """Learn, forget and code anew in one field, or in all ("")."""
    if not field:
        actions.recode_all()
        return {}
    return {"texts": actions.recode(fields.get(field), afresh=True)}


def forget_values(_event: Event) -> None:
    """Texts of somebody who was erased are not kept here either."""
    jobs.enqueue(actions.RECODE_JOB, {"field": ""}, lane="bulk", key=actions.RECODE_JOB)
