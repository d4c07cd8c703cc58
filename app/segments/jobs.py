"""Refreshing segments on schedule."""

from typing import Any

from app.core.db import db
from app.engine.schedules.catalogue import Occasion, Schedulable
from app.segments import actions
from app.segments.models import Segment


def refresh(occasion: Occasion) -> dict[str, Any] | None:
    """Refresh the segment that owns the schedule; nothing when it is gone by now."""
    segment = db.session.get(Segment, occasion.owner_id)
    refreshed = actions.refresh(segment) if segment is not None else None
    return {"entered": refreshed.entered, "left": refreshed.left} if refreshed else None


REFRESH = Schedulable(actions.REFRESH_JOB, "Refresh a segment", refresh, by_hand=False)
