"""Set breaks, and count what takes long."""

from datetime import date, timedelta

from sqlalchemy.dialects.postgresql import insert

from app.core import jobs
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict
from app.engine.events import actions as events
from app.segments.rfm import breaks as rules
from app.segments.rfm import queries
from app.segments.rfm.breaks import Breaks
from app.segments.rfm.models import RfmBreaks, RfmCount

COUNT_JOB = "segments.count_rfm"
OLD = timedelta(hours=1)


def set_breaks(breaks: Breaks, *, actor: Actor) -> RfmBreaks:
    """Let other breaks hold from now on. Raises: Invalid, by field."""
    rules.check(breaks)
    made = RfmBreaks(
        window_days=breaks.window_days,
        recency_days=list(breaks.recency_days),
        purchases=list(breaks.purchases),
        money_minor=list(breaks.money_minor),
        made_by=actor.id,
    )
    db.session.add(made)
    db.session.flush()
    events.emit("segment.breaks_set", actor=actor, subject_id=made.breaks_id, window_days=breaks.window_days)
    return made


def ask_for_count(day: date | None) -> None:
    """Let a job count a grid that takes long; one at a time for each day."""
    told = day.isoformat() if day else None
    jobs.enqueue(COUNT_JOB, {"day": told}, lane="bulk", key=f"{COUNT_JOB}:{told or 'now'}")


def keep_count(day: date | None) -> RfmCount:
    """Count a grid however long it takes, and keep it. Raises: Conflict when it takes ten minutes."""
    newest, as_of = queries.find_newest(), queries.read_as_of(day)
    breaks = newest.breaks if newest else queries.usual_breaks()
    counted = queries.count(breaks, as_of, queries.JOB_BUDGET_MS)
    if counted is None:
        raise Conflict("Counting took longer than ten minutes.")
    values = {
        "breaks_id": newest.breaks_id if newest else None,
        "cells": counted.cells,
        "counted_at": counted.at,
        "took_ms": counted.took_ms,
    }
    key = as_of.day or queries.PRESENT
    statement = insert(RfmCount).values(as_of=key, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=[RfmCount.as_of], set_=values))
    return db.session.get_one(RfmCount, key, populate_existing=True)


def refresh_when_old(grid: queries.Grid | None, day: date | None) -> None:
    """Ask for a count where counting takes long, and none is kept or the kept one is old."""
    if grid is not None:
        is_fresh = grid.is_kept and now() - grid.counted_at <= OLD
        if is_fresh or grid.took_ms <= queries.SLOW_MS:
            return
    ask_for_count(day)
