"""Looking for groups in the background; only here the heavy libraries are loaded."""

from typing import Any
from uuid import UUID

from app.core import jobs
from app.engine.schedules.catalogue import Occasion, Schedulable
from app.segments.suggestions import actions, queries
from app.segments.suggestions.models import SuggestionRun


@jobs.job(actions.SUGGEST_JOB)
def suggest(run_id: str) -> dict[str, Any]:
    """Carry out a run that somebody asked for."""
    return _carry_out(queries.get_run(UUID(run_id)))


def suggest_anew(_occasion: Occasion) -> dict[str, Any]:
    """Look for groups as of now."""
    return _carry_out(actions.begin_scheduled())


def _carry_out(run: SuggestionRun) -> dict[str, Any]:
    from app.segments.suggestions import clustering  # noqa: PLC0415 - weighs 100 MB that no web process should carry

    actions.carry_out(run, clustering.gather, clustering.find)
    return {"groups": len(run.suggestions), "customers": run.customer_count}


SUGGEST = Schedulable(actions.SUGGEST_JOB, "Suggest segments", suggest_anew, "Looks for groups of customers anew.")
