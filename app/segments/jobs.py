"""What refreshes segments by itself: the hour, and what happens to customers."""

from typing import Any

from app.companies import queries as companies
from app.core.db import db
from app.engine.events import catalogue
from app.engine.events.models import Event
from app.engine.schedules.catalogue import Occasion, Schedulable
from app.segments import actions, membership, queries
from app.segments.events import TYPES
from app.segments.models import Segment

ABOUT_MANY = ("import.finished", "codes.changed", "tag.merged", "tag.removed")

ABOUT_COMPANIES = ("company.updated", "company.merged")


def refresh(occasion: Occasion) -> dict[str, Any] | None:
    """Refresh the segment that owns the schedule; nothing when it is gone by now."""
    segment = db.session.get(Segment, occasion.owner_id)
    refreshed = membership.refresh(segment) if segment is not None else None
    return {"entered": refreshed.entered, "left": refreshed.left} if refreshed else None


REFRESH = Schedulable(actions.REFRESH_JOB, "Refresh a segment", refresh, by_hand=False)


def listen() -> None:
    """Hear of all that happens to customers, as far as the catalogue knows it by now."""
    own = {kind.name for kind in TYPES}
    kinds = [kind.name for kind in catalogue.about("customer") if kind.name not in own]
    catalogue.subscribe("segments.follow", *kinds, *ABOUT_MANY, *ABOUT_COMPANIES, handler=_follow)


def _follow(event: Event) -> None:
    """One customer is asked about anew; after what names nobody, such as an import, all of them."""
    if event.type == "tag.merged":
        actions.ask_instead(event.payload["before"], event.payload["after"])
    if event.type in ABOUT_MANY:
        for segment in queries.list_dynamic():
            membership.enqueue_refresh(segment.segment_id)
    elif event.type in ABOUT_COMPANIES:
        membership.touch(list(db.session.scalars(companies.people_of(event.subject_id))))
    elif event.subject_id is not None:
        membership.touch([event.subject_id])
