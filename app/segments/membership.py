"""Keeping members true: whole by a refresh, at once for customers whom something happened to."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, FromClause, Select, delete, func, insert, literal, select, text, union_all
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import OperationalError

from app.core import jobs
from app.core.access import SYSTEM, Actor
from app.core.clock import now
from app.core.db import db, limited, one_of
from app.engine.events import actions as events
from app.engine.filters import sql, tree
from app.engine.filters.queries import here_and_now
from app.engine.filters.spans import Moment
from app.engine.filters.tree import BadFilter, Filter
from app.people.models import Customer
from app.segments import queries
from app.segments.models import Change, Member, Segment, Touch

BUDGET = "60s"
# Everybody is asked: never one after the other, and with memory enough to hold all of them.
ALL_SIDE_BY_SIDE = {"enable_nestloop": "off", "work_mem": "128MB"}
PATIENCE = "SET LOCAL lock_timeout = '90s'"
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 7))")
TOUCHED_AT_ONCE = 1_000


@dataclass(frozen=True)
class Refreshed:
    """What a refresh changed."""

    entered: int
    left: int
    members: int


def filter_of(segment: Segment) -> Filter:
    """The segment's filter. Raises: BadFilter when it asks about a field that is there no more."""
    return tree.read("customer", segment.tree)


def refresh(segment: Segment, *, actor: Actor = SYSTEM) -> Refreshed | None:
    """Bring all members in line with the filter, by the difference alone; one refresh of a segment at a time.

    None when that was not possible: the members stay as they were, and `problem` says why.
    """
    started = time.perf_counter()
    _lock(segment)
    moment = here_and_now()
    refreshed = _try(segment, moment)
    if refreshed is None:
        db.session.flush()
        return None
    segment.refresh_ms = round((time.perf_counter() - started) * 1000)
    _settle(segment, refreshed, moment, actor)
    return refreshed


def put_in(segment: Segment, wanted: Select[Any], *, actor: Actor) -> int:
    """Add the customers whose ids are selected and who are not in yet; returns how many."""
    _lock(segment)
    moment, segment_id = here_and_now(), segment.segment_id
    chosen = wanted.subquery()
    came = _enter(segment_id, chosen, moment)
    entered = _write_history(segment, select(came.c.person_id), "entered", moment)
    _settle(segment, Refreshed(entered, 0, segment.member_count + entered), moment, actor)
    return entered


def take_out(segment: Segment, person_ids: Sequence[UUID], *, actor: Actor) -> int:
    """Remove these customers; returns how many were in."""
    _lock(segment)
    moment = here_and_now()
    of_these = (Member.segment_id == segment.segment_id, one_of(Member.person_id, person_ids))
    gone = delete(Member).where(*of_these).returning(Member.person_id).cte("gone")
    left = _write_history(segment, select(gone.c.person_id), "left", moment)
    _settle(segment, Refreshed(0, left, segment.member_count - left), moment, actor)
    return left


def _enter(segment_id: UUID, ids: FromClause, moment: Moment) -> CTE:
    """Those who are not in yet. By the key, not by a join: a plan made of old statistics would look through all."""
    rows = select(literal(segment_id), ids.c[0], literal(moment.now))
    entering = upsert(Member).from_select(["segment_id", "person_id", "entered_at"], rows)
    return entering.on_conflict_do_nothing().returning(Member.person_id).cte("came")


def _write_history(segment: Segment, ids: Select[Any], kind: str, moment: Moment) -> int:
    changed = ids.subquery()
    rows = select(literal(segment.segment_id), changed.c[0], literal(kind), literal(moment.now))
    told = insert(Change).from_select(["segment_id", "person_id", "kind", "at"], rows).returning(Change.kind)
    return db.session.scalar(select(func.count()).select_from(told.cte("told"))) or 0


def touch(person_ids: Sequence[UUID]) -> None:
    """Have the segments asked about these customers soon."""
    rows = [{"person_id": person_id, "touched_at": now()} for person_id in person_ids]
    db.session.execute(upsert(Touch).on_conflict_do_nothing(), rows)
    _enqueue_catch_up()


def ring_for_touched() -> None:
    """Queue the catching up when somebody was touched while the last one was ending."""
    if db.session.scalar(select(select(Touch).exists())):
        _enqueue_catch_up()


def _enqueue_catch_up() -> None:
    jobs.enqueue("segments.catch_up", lane="default", key="segments.catch_up")


@jobs.job("segments.catch_up")
def catch_up() -> dict[str, int]:
    """Ask every segment that follows about the customers who were touched; commits after each batch of them."""
    asked = 0
    while touched := _take_touched():
        for segment in in_order(queries.list_dynamic()):
            _refresh_among(segment, touched)
        db.session.commit()
        asked += len(touched)
    return {"customers": asked}


def _take_touched() -> Sequence[UUID]:
    few = select(Touch.person_id).order_by(Touch.touched_at).limit(TOUCHED_AT_ONCE).with_for_update(skip_locked=True)
    return db.session.scalars(delete(Touch).where(Touch.person_id.in_(few)).returning(Touch.person_id)).all()


def _refresh_among(segment: Segment, touched: Sequence[UUID]) -> None:
    """The same question about some customers alone. One that fails is left to the next whole refresh."""
    _lock(segment)
    if segment.refreshed_at is None:
        return
    moment = here_and_now()
    refreshed = _try(segment, moment, touched)
    if refreshed is not None and (refreshed.entered or refreshed.left):
        segment.member_count += refreshed.entered - refreshed.left
        _tell(segment, refreshed, moment, SYSTEM)


def _lock(segment: Segment) -> None:
    db.session.execute(text(PATIENCE))
    db.session.execute(LOCK, {"name": f"segment:{segment.segment_id}"})
    db.session.refresh(segment)


def _try(segment: Segment, moment: Moment, among: Sequence[UUID] | None = None) -> Refreshed | None:
    waiting_for = queries.list_troubled(segment.uses) if segment.on_stale == "wait" else []
    if waiting_for:
        segment.problem = f"It waits for “{waiting_for[0].name}”, which could not be counted."
        return None
    try:
        wanted = filter_of(segment)
        with limited(statement_timeout=BUDGET, **(ALL_SIDE_BY_SIDE if among is None else {})):
            return _replace_members(segment, wanted, moment, among)
    except BadFilter:
        segment.problem = "Its filter asks about a field that is gone. Edit the filter to go on."
    except OperationalError:
        segment.problem = "The question took longer than a minute."
    return None


def _replace_members(segment: Segment, wanted: Filter, moment: Moment, among: Sequence[UUID] | None) -> Refreshed:
    """One statement: who left, who entered, how many there are now."""
    segment_id = segment.segment_id
    passing = sql.ids(wanted, moment, among).where(Customer.erased_at.is_(None)).cte("passing")
    passes = select(passing.c[0]).where(passing.c[0] == Member.person_id)
    leaving = delete(Member).where(Member.segment_id == segment_id, ~passes.exists())
    if among is not None:
        leaving = leaving.where(one_of(Member.person_id, among))
    gone = leaving.returning(Member.person_id).cte("gone")
    came = _enter(segment_id, passing, moment)
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
    counts = (select(func.count()).select_from(one).scalar_subquery() for one in (came, gone, passing, told))
    entered, left, members, _told = db.session.execute(select(*counts)).one()
    return Refreshed(entered, left, members)


def _tell(segment: Segment, refreshed: Refreshed, moment: Moment, actor: Actor) -> None:
    """Those who came and went, each an event of their own. Who is there from the start did not come."""
    payload = {"segment_id": str(segment.segment_id), "name": segment.name}
    if refreshed.entered:
        events.emit_for_each("segment.entered", _changed(segment, "entered", moment), payload, actor=actor)
    if refreshed.left:
        events.emit_for_each("segment.left", _changed(segment, "left", moment), payload, actor=actor)


def _settle(segment: Segment, refreshed: Refreshed, moment: Moment, actor: Actor) -> None:
    """Write down how it stands now, tell who came and went, and let the segments that ask about it follow."""
    is_first, was_in_trouble = segment.refreshed_at is None, bool(segment.problem)
    segment.member_count, segment.refreshed_at, segment.problem = refreshed.members, moment.now, ""
    db.session.flush()
    if not is_first:
        _tell(segment, refreshed, moment, actor)
    if refreshed.entered or refreshed.left or was_in_trouble:
        for user in queries.list_users(segment):
            enqueue_refresh(user.segment_id)


def _changed(segment: Segment, kind: str, moment: Moment) -> Select[Any]:
    return select(Change.person_id).where(
        Change.segment_id == segment.segment_id, Change.kind == kind, Change.at == moment.now
    )


def enqueue_refresh(segment_id: UUID) -> None:
    """Have a segment refreshed by a worker; once, however often it is asked for meanwhile."""
    jobs.enqueue("segments.follow", {"segment_id": str(segment_id)}, key=f"segments.follow:{segment_id}")


@jobs.job("segments.follow")
def follow(segment_id: str) -> None:
    """Refresh one segment; nothing when it is gone by now."""
    segment = db.session.get(Segment, UUID(segment_id))
    if segment is not None and segment.is_dynamic:
        refresh(segment)


def in_order(segments: Sequence[Segment]) -> list[Segment]:
    """Each after those that stand in its filter."""
    waiting = {one.segment_id: one for one in segments}
    ordered: list[Segment] = []

    def take(segment_id: UUID) -> None:
        segment = waiting.pop(segment_id, None)
        if segment is not None:
            for used in segment.uses:
                take(used)
            ordered.append(segment)

    for segment in segments:
        take(segment.segment_id)
    return ordered
