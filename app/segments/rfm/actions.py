"""Set breaks."""

from app.core.access import Actor
from app.core.db import db
from app.engine.events import actions as events
from app.segments.rfm import breaks as rules
from app.segments.rfm.breaks import Breaks
from app.segments.rfm.models import RfmBreaks


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
