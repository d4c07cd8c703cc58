"""Make, change, refresh and remove segments."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, func, select, update
from sqlalchemy.dialects.postgresql import JSONB

from app.core.access import Actor
from app.core.db import db, is_storable, one_of
from app.core.errors import Conflict, Invalid
from app.engine.events import actions as events
from app.engine.filters import tree
from app.engine.filters.access import check
from app.engine.filters.queries import here_and_now
from app.engine.filters.tree import Filter, leaves
from app.engine.schedules import actions as schedules
from app.engine.schedules.due_times import Rule
from app.people.access import visible_to
from app.people.models import Customer
from app.segments import membership, queries
from app.segments.membership import filter_of
from app.segments.models import MODES, ON_STALE, Segment

LONGEST_NAME = 80
MOST_BY_HAND = 1_000
REFRESH_JOB = "segments.refresh"
MEMBERSHIP = "segment"
HOURLY = Rule("interval", "1 hour")


@dataclass(frozen=True)
class SegmentDetails:
    """What a segment is called, whom it means, and whether it follows.

    `people`: who is in a segment made by hand, which needs no filter. `on_stale` is one of `ON_STALE`.
    """

    name: str
    where: Any
    mode: str = "dynamic"
    on_stale: str = "proceed"
    people: Sequence[UUID] = ()


def create(details: SegmentDetails, *, actor: Actor) -> Segment:
    """Make a segment and fill it. Raises: Invalid by field; NotAllowed for what the filter may not ask."""
    segment = Segment(created_by=actor.id, tree={}, name="")
    _apply(segment, details, actor)
    db.session.add(segment)
    db.session.flush()
    events.emit("segment.created", actor=actor, subject_id=segment.segment_id, name=segment.name)
    if details.people and not segment.is_dynamic:
        add_members(segment, details.people, actor=actor)
    else:
        membership.refresh(segment, actor=actor)
    _schedule(segment, actor)
    return segment


def create_empty(name: str, *, actor: Actor) -> Segment:
    """Make a segment to put customers in by hand. Raises: Invalid by field."""
    segment = Segment(created_by=actor.id, tree={"all": []}, uses=[], mode="static", on_stale="proceed", name="")
    _set_name(segment, name)
    db.session.add(segment)
    db.session.flush()
    events.emit("segment.created", actor=actor, subject_id=segment.segment_id, name=segment.name)
    return segment


def change(segment: Segment, details: SegmentDetails, *, actor: Actor) -> None:
    """Rename it, or let it mean others. Raises: as `create`; Conflict for a segment that would contain itself."""
    before = (segment.tree, segment.mode)
    _apply(segment, details, actor)
    db.session.flush()
    events.emit("segment.updated", actor=actor, subject_id=segment.segment_id, name=segment.name)
    if segment.is_dynamic or ((segment.tree, segment.mode) != before and not filter_of(segment).is_empty):
        membership.refresh(segment, actor=actor)
    _schedule(segment, actor)


def ask_instead(before: str, after: str) -> None:
    """Let every segment that asks for one thing ask for another, such as a tag for the one it was merged into."""
    written = cast(Segment.tree, Text)
    instead = cast(func.replace(written, before, after), JSONB)
    asking = update(Segment).where(written.contains(before)).values(tree=instead)
    db.session.execute(asking.execution_options(synchronize_session=False))


def refresh(segment: Segment, *, actor: Actor) -> membership.Refreshed | None:
    """Count its members now, those of the segments in its filter first where they are not known.

    None when it could not be counted; `problem` says why. Raises: Conflict for one that stays as it was made.
    """
    if not segment.is_dynamic:
        raise Conflict("This segment stays as it was made: there is nothing to count anew.")
    for used in queries.list_troubled(segment.uses):
        membership.refresh(used, actor=actor)
    return membership.refresh(segment, actor=actor)


_holders: dict[Callable[[UUID], Sequence[str]], None] = {}


def hold_with(find: Callable[[UUID], Sequence[str]]) -> None:
    """Let a package above keep the segments that it needs; `find` names what asks about one."""
    _holders[find] = None


def remove(segment: Segment, *, actor: Actor) -> None:
    """Remove a segment that nothing asks about. Raises: Conflict."""
    holders = [user.name for user in queries.list_users(segment)]
    holders += [name for find in _holders for name in find(segment.segment_id)]
    if holders:
        names = ", ".join(f"“{name}”" for name in holders)
        raise Conflict(f"{names} asks about this segment. Change that first.")
    schedules.remove_for("segment", segment.segment_id)
    db.session.delete(segment)
    db.session.flush()
    events.emit("segment.removed", actor=actor, subject_id=segment.segment_id, name=segment.name)


def add_members(segment: Segment, person_ids: Sequence[UUID], *, actor: Actor) -> int:
    """Put customers whom this actor may see into a segment that is made by hand; returns how many are new.

    Raises: Conflict for a segment that follows its filter.
    """
    _refuse_when_dynamic(segment)
    wanted = select(Customer.person_id).where(
        one_of(Customer.person_id, person_ids), visible_to(actor), Customer.erased_at.is_(None)
    )
    entered = membership.put_in(segment, wanted, actor=actor)
    db.session.flush()
    return entered


def remove_members(segment: Segment, person_ids: Sequence[UUID], *, actor: Actor) -> int:
    """Take customers out of a segment that is made by hand; returns how many were in. Raises: as `add_members`."""
    _refuse_when_dynamic(segment)
    left = membership.take_out(segment, person_ids, actor=actor)
    db.session.flush()
    return left


def copy(segment: Segment, *, name: str = "", actor: Actor) -> Segment:
    """Keep today's members under a name of their own: whatever becomes of the segment, the copy stays.

    Without a name it is called by the day. Raises: Invalid for a name that cannot be.
    """
    today = here_and_now()
    dated = f"{segment.name[:50]}, {today.now.astimezone(today.zone):%d %b %Y %H:%M}"
    kept = Segment(name="", mode="static", tree=segment.tree, created_by=actor.id)
    _set_name(kept, name or _free_name(dated))
    db.session.add(kept)
    db.session.flush()
    events.emit("segment.created", actor=actor, subject_id=kept.segment_id, name=kept.name)
    membership.put_in(kept, queries.members_of(str(segment.segment_id)), actor=actor)
    return kept


def _apply(segment: Segment, details: SegmentDetails, actor: Actor) -> None:
    _set_name(segment, details.name)
    if details.mode not in MODES:
        raise Invalid(errors={"mode": ["Choose whether it follows its filter."]})
    if details.on_stale not in ON_STALE:
        raise Invalid(errors={"on_stale": ["Choose what it does meanwhile."]})
    if len(details.people) > MOST_BY_HAND:
        raise Invalid(errors={"people": [f"Choose at most {MOST_BY_HAND:,} customers at once."]})
    wanted = check(actor, tree.read("customer", details.where))
    is_by_hand = details.mode == "static" and (details.people or segment.segment_id)
    if wanted.is_empty and not is_by_hand:
        raise Invalid(errors={"where": ["Choose whom it means: a segment of everybody says nothing."]})
    uses = segments_asked(wanted) if details.mode == "dynamic" else []
    with db.session.no_autoflush:
        if segment.segment_id and segment.segment_id in _reached(uses):
            raise Conflict("This segment would ask about itself. Choose another one in its filter.")
    segment.mode, segment.on_stale, segment.tree, segment.uses = (
        details.mode,
        details.on_stale,
        tree.write(wanted.root),
        uses,
    )


def _set_name(segment: Segment, name: str) -> None:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not is_storable(name):
        raise Invalid(errors={"name": [f"Enter a name of at most {LONGEST_NAME} characters."]})
    with db.session.no_autoflush:
        taken = select(Segment.segment_id).where(func.lower(Segment.name) == name.lower())
        if db.session.scalar(taken) not in (None, segment.segment_id):
            raise Invalid(errors={"name": ["There is a segment of this name. Choose another one."]})
    segment.name = name


def _refuse_when_dynamic(segment: Segment) -> None:
    if segment.is_dynamic:
        raise Conflict("This segment follows its filter: change the filter, or keep a copy that stays as it is.")


def _free_name(name: str) -> str:
    """The name, or with a number behind it when that is taken."""
    taken = {one.name.lower() for one in queries.list_segments()}
    names = (name if number == 1 else f"{name} ({number})" for number in count(1))
    return next(one for one in names if one.lower() not in taken)


def segments_asked(wanted: Filter) -> list[UUID]:
    """The segments a filter asks about."""
    members = [leaf for leaf in leaves(wanted.root) if isinstance(leaf, tree.Member)]
    return sorted({UUID(leaf.group) for leaf in members if leaf.membership.key == MEMBERSHIP})


def _reached(uses: list[UUID]) -> set[UUID]:
    """These segments and all that stand in them."""
    known = {one.segment_id: one.uses for one in queries.list_segments()}
    reached, waiting = set(uses), list(uses)
    while waiting:
        more = set(known.get(waiting.pop(), ())) - reached
        reached |= more
        waiting += more
    return reached


def _schedule(segment: Segment, actor: Actor) -> None:
    """A segment that follows is refreshed every hour."""
    if segment.is_dynamic:
        name = f"Refresh segment “{segment.name}”"
        schedules.put("segment", segment.segment_id, REFRESH_JOB, HOURLY, actor=actor, name=name)
    else:
        schedules.remove_for("segment", segment.segment_id)
