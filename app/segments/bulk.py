"""Putting many customers into a segment that is made by hand."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from werkzeug.datastructures import MultiDict

from app.core.access import Actor
from app.core.db import db, one_of
from app.core.errors import Invalid, NotFound
from app.engine.bulk.kinds import BulkAction, Outcome, Work
from app.engine.changes.models import ChangeSet
from app.people import queries as people
from app.people.models import Customer
from app.segments import actions, membership, queries
from app.segments.models import Member, Segment

NEW = "new"


def _offer(_actor: Actor) -> list[tuple[str, str]]:
    return [*((str(one.segment_id), one.name) for one in queries.list_by_hand()), (NEW, "A new segment")]


def _read(actor: Actor, typed: MultiDict[str, str]) -> dict[str, Any]:
    """The segment; a new one is made with the first rows."""
    if typed.get("segment") != NEW:
        return {"segment": str(_get(typed.get("segment", "")).segment_id)}
    segment = actions.create_empty(typed.get("name", ""), actor=actor)
    return {"segment": str(segment.segment_id)}


def _get(text: str) -> Segment:
    try:
        return queries.get_segment(UUID(text))
    except (ValueError, NotFound):
        raise Invalid(errors={"segment": ["Choose a segment."]}) from None


def _run(work: Work) -> Mapping[UUID, Outcome]:
    segment = queries.get_segment(UUID(work.args["segment"]))
    there = set(people.find_names(work.actor, work.ids))
    of_these = (Member.segment_id == segment.segment_id, one_of(Member.person_id, there))
    new = there - set(db.session.scalars(select(Member.person_id).where(*of_these)))
    wanted = select(Customer.person_id).where(one_of(Customer.person_id, new), Customer.erased_at.is_(None))
    membership.put_in(segment, wanted, actor=work.actor)
    return work.others(new, there)


def count_anew(_undo: ChangeSet, _actor: Actor) -> None:
    """After an undo put members back or took them out: how many there are now."""
    members = select(func.count()).where(Member.segment_id == Segment.segment_id).scalar_subquery()
    is_other = Segment.member_count != members
    statement = update(Segment).where(Segment.mode == "static", is_other).values(member_count=members)
    db.session.execute(statement.execution_options(synchronize_session=False))


TO_SEGMENT = BulkAction(
    key="segment",
    label="Add to a segment",
    permission="segments.edit",
    icon="target",
    position=40,
    template="segments/_bulk.html",
    offer=_offer,
    asks=lambda _actor: ("segment", "name"),
    read=_read,
    says=lambda _args, rows: f"Added {rows} to a segment",
    run=_run,
)
