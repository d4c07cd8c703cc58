"""Runs and their suggestions."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select

from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Order, Page, keyset
from app.segments.suggestions.models import Suggestion, SuggestionRun

ORDERS = {"asked": Order((SuggestionRun.asked_at, SuggestionRun.run_id), "Asked for", descending=True)}


def get_run(run_id: UUID) -> SuggestionRun:
    """One run. Raises: NotFound."""
    run = db.session.get(SuggestionRun, run_id)
    if run is None:
        raise NotFound
    return run


def find_latest() -> SuggestionRun | None:
    """The run asked for last, however it stands."""
    return db.session.scalars(_newest_first().limit(1)).first()


def find_last_done() -> SuggestionRun | None:
    """The last run that found groups: its suggestions are the ones to look at."""
    has_some = select(Suggestion.run_id).where(Suggestion.run_id == SuggestionRun.run_id).exists()
    return db.session.scalars(_newest_first().where(has_some).limit(1)).first()


def list_suggestions() -> Sequence[Suggestion]:
    """The present suggestions, the largest group first."""
    run = find_last_done()
    return run.suggestions if run else []


def count_runs() -> int:
    """How often groups were looked for."""
    return db.session.scalar(select(func.count()).select_from(SuggestionRun)) or 0


def page_of_runs(cursor: str, size: int) -> Page[SuggestionRun]:
    """All runs, the newest first."""
    page = keyset(
        select(SuggestionRun),
        orders=ORDERS,
        sort="asked",
        cursor=cursor,
        size=size,
    )
    return page.scalars()


def _newest_first() -> Select[SuggestionRun]:
    return select(SuggestionRun).order_by(SuggestionRun.asked_at.desc(), SuggestionRun.run_id.desc())
