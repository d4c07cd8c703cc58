"""What refreshes segments by itself: the hour, and what happens to customers."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.companies import queries as companies
from app.core.access import Actor
from app.core.db import db
from app.engine.changes import actions as changes
from app.engine.changes.models import ChangedRow, ChangeSet
from app.engine.events import catalogue
from app.engine.events.models import Event
from app.engine.schedules.catalogue import Occasion, Schedulable
from app.segments import actions, membership, queries
from app.segments.events import TYPES
from app.segments.models import Segment

ABOUT_MANY = ("import.finished", "codes.changed", "tag.merged", "tag.removed", "tags.undone")

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
    catalogue.subscribe("segments.follow", *kinds, *ABOUT_MANY, *ABOUT_COMPANIES, "bulk.finished", handler=_follow)


def _follow(event: Event) -> None:
    """One customer is asked about anew; after what names nobody, such as an import, all of them."""
    if event.type == "tag.merged":
        _follow_merge(event.payload)
    if event.type in ABOUT_MANY or (event.type == "bulk.finished" and event.payload["is_many"]):
        for segment in queries.list_dynamic():
            membership.enqueue_refresh(segment.segment_id)
    elif event.type in ABOUT_COMPANIES:
        membership.touch(list(db.session.scalars(companies.people_of(event.subject_id))))
    elif event.subject_id is not None:
        membership.touch([event.subject_id])


def _follow_merge(merged: dict[str, Any]) -> None:
    """Ask for the tag that was kept; an undo of the merge gives that back too, unless it was quicker."""
    change_set_id = merged.get("change_set_id")
    if change_set_id is None or changes.go_on(UUID(change_set_id)):
        actions.ask_instead(merged["before"], merged["after"])
        changes.leave()


def refresh_undone(undo: ChangeSet, _actor: Actor) -> None:
    """After an undo gave segments their conditions back: count their members anew."""
    of_this = (ChangedRow.change_set_id == undo.change_set_id, ChangedRow.table_name == "segments")
    back = set(db.session.scalars(select(ChangedRow.record_id).where(*of_this, ChangedRow.action != "delete")))
    for segment in queries.list_dynamic():
        if segment.segment_id in back:
            membership.enqueue_refresh(segment.segment_id)
