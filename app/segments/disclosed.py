"""What a copy for a customer says of groups they were put in."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.people.disclosure.parts import Part, add_part, leave_out
from app.segments.models import Change, Member, Segment

Rows = Select[*tuple[Any, ...]]


def add() -> None:
    """Speak for memberships."""
    add_part(Part("segments", "Groups you are in", ("segment_members",), _members))
    add_part(Part("segment_changes", "Groups you came to and left", ("segment_changes",), _changes))
    leave_out("says that somebody's groups are to be looked at, for seconds", "segment_touches")
    leave_out("about staff", "segments", "rfm_breaks", "suggestion_runs")


def _members(customer_id: UUID) -> Rows:
    query = select(Segment.name.label("group"), Member.entered_at.label("since"))
    its = query.join(Segment, Segment.segment_id == Member.segment_id).where(Member.person_id == customer_id)
    return its.order_by(Member.entered_at)


def _changes(customer_id: UUID) -> Rows:
    query = select(Change.at, Segment.name.label("group"), Change.kind.label("what"))
    its = query.join(Segment, Segment.segment_id == Change.segment_id).where(Change.person_id == customer_id)
    return its.order_by(Change.change_id)
