"""Make, change, refresh and remove segments."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, literal, select, text, union_all
from sqlalchemy.exc import OperationalError

from app.core.access import SYSTEM, Actor
from app.core.db import db, is_storable
from app.core.errors import Conflict, Invalid
from app.engine.events import actions as events
from app.engine.filters import sql, tree
from app.engine.filters.access import check
from app.engine.filters.queries import here_and_now
from app.engine.filters.tree import Filter, leaves
from app.engine.schedules import actions as schedules
from app.engine.schedules.due_times import Rule
from app.people.models import Customer
from app.segments import queries
from app.segments.models import MODES, Change, Member, Segment

LONGEST_NAME = 80
BUDGET = "SET LOCAL statement_timeout = '60s'"
USUAL_BUDGET = "SET LOCAL statement_timeout = DEFAULT"
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 7))")
REFRESH_JOB = "segments.refresh"
HOURLY = Rule("interval", "1 hour")


@dataclass(frozen=True)
class SegmentDetails:
    """What a segment is called, whom it means, and whether it follows."""

    name: str
    where: Any
    mode: str = "dynamic"


@dataclass(frozen=True)
class Refreshed:
    """What a refresh changed."""

    entered: int
    left: int
    members: int


def filter_of(segment: Segment) -> Filter:
    """The segment's filter. Raises: BadFilter when it asks about a field that is there no more."""
    return tree.read("customer", segment.tree)


def create(details: SegmentDetails, *, actor: Actor) -> Segment:
    """Make a segment and fill it. Raises: Invalid by field; NotAllowed for what the filter may not ask."""
    segment = Segment(created_by=actor.id, tree={}, name="")
    _apply(segment, details, actor)
    db.session.add(segment)
    db.session.flush()
    events.emit("segment.created", actor=actor, subject_id=segment.segment_id, name=segment.name)
    refresh(segment, actor=actor)
    _schedule(segment, actor)
    return segment


def change(segment: Segment, details: SegmentDetails, *, actor: Actor) -> None:
    """Rename it, or let it mean others. Raises: as `create`; Conflict for a segment that would contain itself."""
    _apply(segment, details, actor)
    db.session.flush()
    events.emit("segment.updated", actor=actor, subject_id=segment.segment_id, name=segment.name)
    refresh(segment, actor=actor)
    _schedule(segment, actor)


def remove(segment: Segment, *, actor: Actor) -> None:
    """Remove a segment that no other one asks about. Raises: Conflict."""
    users = queries.list_users(segment)
    if users:
        names = ", ".join(f"“{user.name}”" for user in users)
        raise Conflict(f"{names} asks about this segment. Change that first.")
    schedules.remove_for("segment", segment.segment_id)
    db.session.delete(segment)
    db.session.flush()
    events.emit("segment.removed", actor=actor, subject_id=segment.segment_id, name=segment.name)


def refresh(segment: Segment, *, actor: Actor = SYSTEM) -> Refreshed | None:
    """Bring the members in line with the filter, by the difference alone; one refresh of a segment at a time.

    None when the question took too long: the members stay as they were, and `problem` says so.
    """
    db.session.execute(LOCK, {"name": f"segment:{segment.segment_id}"})
    db.session.refresh(segment)
    started, moment = time.perf_counter(), here_and_now()
    wanted = filter_of(segment)
    try:
        with db.session.begin_nested():
            db.session.execute(text(BUDGET))
            left, entered, members = _replace_members(segment.segment_id, wanted)
            db.session.execute(text(USUAL_BUDGET))
    except OperationalError:
        segment.problem = "The question took longer than a minute. These are the members of the last time."
        db.session.flush()
        return None
    segment.member_count, segment.refreshed_at, segment.problem = members, moment.now, ""
    segment.refresh_ms = round((time.perf_counter() - started) * 1000)
    db.session.flush()
    if entered or left:
        subject = segment.segment_id
        events.emit("segment.refreshed", actor=actor, subject_id=subject, entered=entered, left=left, members=members)
    return Refreshed(entered, left, members)


def _replace_members(segment_id: UUID, wanted: Filter) -> tuple[int, int, int]:
    """One statement: who left, who entered, how many there are now."""
    moment = here_and_now()
    passing = sql.ids(wanted, moment).where(Customer.erased_at.is_(None)).cte("passing")
    passes = select(passing.c[0]).where(passing.c[0] == Member.person_id)
    is_in = select(Member.person_id).where(Member.segment_id == segment_id, Member.person_id == passing.c[0])
    gone = (
        delete(Member).where(Member.segment_id == segment_id, ~passes.exists()).returning(Member.person_id).cte("gone")
    )
    came = (
        insert(Member)
        .from_select(
            ["segment_id", "person_id", "entered_at"],
            select(literal(segment_id), passing.c[0], literal(moment.now)).where(~is_in.exists()),
        )
        .returning(Member.person_id)
        .cte("came")
    )
    history = union_all(
        select(literal(segment_id), gone.c.person_id, literal("left"), literal(moment.now)),
        select(literal(segment_id), came.c.person_id, literal("entered"), literal(moment.now)),
    )
    told = (
        insert(Change)
        .from_select(["segment_id", "person_id", "kind", "at"], history)
        .returning(Change.kind)
        .cte("told")
    )
    counts = (select(func.count()).select_from(one).scalar_subquery() for one in (gone, came, passing, told))
    row = db.session.execute(select(*counts)).one()
    return row[0], row[1], row[2]


def _apply(segment: Segment, details: SegmentDetails, actor: Actor) -> None:
    name = " ".join(details.name.split())
    if not name or len(name) > LONGEST_NAME or not is_storable(name):
        raise Invalid(errors={"name": [f"Enter a name of at most {LONGEST_NAME} characters."]})
    if details.mode not in MODES:
        raise Invalid(errors={"mode": ["Choose whether it follows its filter."]})
    wanted = check(actor, tree.read("customer", details.where))
    if wanted.is_empty:
        raise Invalid(errors={"where": ["Choose whom it means: a segment of everybody says nothing."]})
    with db.session.no_autoflush:
        taken = select(Segment.segment_id).where(func.lower(Segment.name) == name.lower())
        if db.session.scalar(taken) not in (None, segment.segment_id):
            raise Invalid(errors={"name": ["There is a segment of this name. Choose another one."]})
        uses = _uses(wanted)
        if segment.segment_id and segment.segment_id in _reached(uses):
            raise Conflict("This segment would ask about itself. Choose another one in its filter.")
    segment.name, segment.mode, segment.tree, segment.uses = name, details.mode, tree.write(wanted.root), uses


def _uses(wanted: Filter) -> list[UUID]:
    return sorted({UUID(leaf.group) for leaf in leaves(wanted.root) if isinstance(leaf, tree.Member)})


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
