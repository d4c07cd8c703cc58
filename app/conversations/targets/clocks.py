"""Starting, pausing and stopping the clocks of a conversation, where the turn changes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from app.conversations import doorbell
from app.conversations.models import Channel
from app.conversations.targets import queries
from app.conversations.targets.models import ResponseClock
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import Ready, db, new_id, one_of, sign_writes
from app.engine.events import actions as events
from app.engine.hours.queries import fresh_hours, shop_hours
from app.engine.hours.times import OpeningHours
from app.engine.tags import queries as tags

ANSWERS = ("first", "next")
AT_ONCE = 500


@dataclass
class Clock:
    """A clock on its way, as the columns of `ResponseClock` have it; it stands in no session, `_write` writes it."""

    channel_id: UUID
    kind: str
    started_at: datetime
    target_seconds: int | None = None
    clock_id: UUID = field(default_factory=new_id)
    running_since: datetime | None = None
    spent_seconds: int = 0
    due_at: datetime | None = None
    missed_at: datetime | None = None
    stopped_at: datetime | None = None
    raw_seconds: int | None = None
    business_seconds: int | None = None
    is_met: bool | None = None
    owner_id: UUID | None = None


NAMES = [one.name for one in fields(Clock)]
MOMENTS = {"started_at", "running_since", "due_at", "missed_at", "stopped_at"}
RUNNING = Ready("SELECT to_jsonb(r) FROM response_clocks r WHERE channel_id = :channel_id AND stopped_at IS NULL")
WRITE = Ready(
    f"""
    INSERT INTO response_clocks ({", ".join(NAMES)}, team)
    SELECT {", ".join(NAMES)}, coalesce((SELECT department FROM employees e WHERE e.person_id = told.owner_id), '')
    FROM jsonb_populate_recordset(NULL::response_clocks, CAST(:clocks AS jsonb)) told
    ON CONFLICT (clock_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in [*NAMES, "team"])}
    """  # noqa: S608 - made of constants
)


def turn(
    channel: queries.Talk, at: datetime, running: Iterable[Mapping[str, Any]] | None, *, answered_by: UUID | None
) -> None:
    """Follow what changed the turn: the customer's words, who waits from now on, or an employee's answer.

    `running`: the rows of those that have not stopped, as JSON, where they are known.
    """
    clocks = _running(channel) if running is None else [_read(row) for row in running]
    if answered_by is None:
        _wait(channel, at, clocks)
    else:
        _answer(channel, at, answered_by, clocks)


def begin(channel: Channel, at: datetime) -> list[ResponseClock]:
    """The clocks of a conversation whose customer has begun it just now, for the caller to write."""
    targets = queries.targets_for(channel, is_new=True)
    started = _started(channel, at, {"first", "resolution"}, shop_hours(), targets)
    return [ResponseClock(**vars(clock)) for clock in started]


def resume(channel: Channel, since: datetime) -> None:
    """Let the customer of a conversation that goes on wait as if it had not been closed, since they wrote."""
    _wait(channel, since, _running(channel))


def close(channel: Channel, at: datetime) -> None:
    """Stop everything, for the conversation is closed. An answer still owed counts only when it is late already."""
    hours, running = shop_hours(), _running(channel)
    owed = [clock for clock in running if clock.kind in ANSWERS and (clock.due_at is None or clock.due_at > at)]
    stopped = [clock for clock in running if clock not in owed]
    for clock in stopped:
        _stop(clock, channel, at, channel.owner_id, hours)
    _write(stopped)
    if owed:
        db.session.execute(
            delete(ResponseClock).where(one_of(ResponseClock.clock_id, [clock.clock_id for clock in owed]))
        )


def _wait(channel: queries.Talk, at: datetime, clocks: Sequence[Clock]) -> None:
    hours = shop_hours()
    running = {clock.kind: clock for clock in clocks}
    answer = "first" if channel.first_response_at is None else "next"
    paused = running.get("resolution")
    if paused is not None:
        _run(paused, at, hours)
    missing = {answer, "resolution"} - running.keys()
    started = _started(channel, at, missing, hours, queries.targets_for(channel)) if missing else []
    _write([*started, *([paused] if paused else [])])


def _started(
    channel: queries.Talk, at: datetime, kinds: Iterable[str], hours: OpeningHours, targets: queries.Targets
) -> list[Clock]:
    clocks = [Clock(channel.channel_id, kind, at, targets.get(kind)) for kind in kinds]
    for clock in clocks:
        _run(clock, at, hours)
    return clocks


def _run(clock: Clock, at: datetime, hours: OpeningHours) -> None:
    clock.running_since = at
    clock.due_at = due_at(clock, hours)


def due_at(clock: Clock | ResponseClock, hours: OpeningHours) -> datetime | None:
    """When a clock is to have stopped; None without a target or while it is paused."""
    if clock.target_seconds is None or clock.running_since is None:
        return None
    return hours.after(clock.running_since, max(0, clock.target_seconds - clock.spent_seconds))


def _answer(channel: queries.Talk, at: datetime, answered_by: UUID, running: Sequence[Clock]) -> None:
    hours = shop_hours()
    for clock in running:
        if clock.kind in ANSWERS:
            _stop(clock, channel, at, answered_by, hours)
        else:
            _miss_if_late(clock, channel, at)
            clock.spent_seconds = _counted(clock, at, hours)
            clock.running_since = clock.due_at = None
    _write(running)


def _stop(clock: Clock, channel: queries.Talk, at: datetime, owner_id: UUID | None, hours: OpeningHours) -> None:
    _miss_if_late(clock, channel, at)
    clock.business_seconds = _counted(clock, at, hours)
    clock.raw_seconds = int((at - clock.started_at).total_seconds())
    clock.is_met = None if clock.target_seconds is None else clock.business_seconds <= clock.target_seconds
    clock.stopped_at, clock.running_since, clock.due_at = at, None, None
    clock.owner_id = owner_id


def _counted(clock: Clock, at: datetime, hours: OpeningHours) -> int:
    if clock.running_since is None:
        return clock.spent_seconds
    return clock.spent_seconds + hours.seconds_between(clock.running_since, at)


def _running(channel: queries.Talk) -> list[Clock]:
    """Those that have not stopped, paused ones too."""
    return [_read(row) for row in RUNNING.run({"channel_id": channel.channel_id}).scalars()]


def _read(row: Mapping[str, Any]) -> Clock:
    columns: dict[str, Any] = {name: row[name] for name in NAMES}
    moments = {name: datetime.fromisoformat(columns[name]) for name in MOMENTS if columns[name]}
    return Clock(**{**columns, **moments})


def _write(clocks: Sequence[Clock]) -> None:
    """Write clocks as they are now, new ones and others, by one statement; the team is its owner's of this moment."""
    if clocks:
        sign_writes(db.session())
        WRITE.run({"clocks": json.dumps([vars(clock) for clock in clocks], default=str)})


def _miss_if_late(clock: Clock, channel: queries.Talk, at: datetime) -> None:
    """What is late is told also when it ends before `sweep` comes by."""
    if clock.missed_at is None and clock.due_at is not None and clock.due_at < at:
        clock.missed_at = at
        subject, payload = _told(clock.clock_id, clock.kind, channel)
        events.emit("target.missed", actor=SYSTEM, subject_id=subject, **payload)


def _told(clock_id: UUID, kind: str, channel: Any) -> tuple[UUID, dict[str, Any]]:
    return channel.customer_id or channel.channel_id, {
        "clock_id": str(clock_id),
        "kind": kind,
        "channel_id": str(channel.channel_id),
        "owner_id": str(channel.owner_id) if channel.owner_id else None,
    }


def sweep() -> None:
    """Find what has become late and tell it, once for each clock."""
    late = (
        select(ResponseClock.clock_id)
        .where(ResponseClock.due_at < now(), ResponseClock.missed_at.is_(None), ResponseClock.stopped_at.is_(None))
        .order_by(ResponseClock.due_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        .cte("late")
    )
    missed = (
        update(ResponseClock)
        .where(ResponseClock.clock_id == late.c.clock_id, ResponseClock.channel_id == Channel.channel_id)
        .values(missed_at=now())
        .returning(
            ResponseClock.clock_id, ResponseClock.kind, Channel.channel_id, Channel.customer_id, Channel.owner_id
        )
        .execution_options(synchronize_session=False)
    )
    found = db.session.execute(missed).all()
    events.emit_many("target.missed", [_told(row.clock_id, row.kind, row) for row in found], actor=SYSTEM)
    for row in found:
        doorbell.ring(row.channel_id, [row.owner_id] if row.owner_id else [], queue=True)


def recount(channel: Channel | None = None) -> int:
    """Set again what is due when, by the hours and targets as they are now; returns how many clocks run.

    What was spent stays as it was counted then, and what was late stays late.
    """
    labels = tags.ids_on("conversation", Channel.channel_id)
    running = select(ResponseClock, Channel.priority, labels).join(Channel).where(ResponseClock.stopped_at.is_(None))
    if channel is not None:
        running = running.where(Channel.channel_id == channel.channel_id)
    hours, policies = fresh_hours(), queries.read_all()
    clocks = db.session.execute(running).all()
    for clock, priority, tag_ids in clocks:
        clock.target_seconds = queries.among(policies, priority, {str(one) for one in tag_ids}).get(clock.kind)
        clock.due_at = due_at(clock, hours)
    db.session.flush()
    return len(clocks)
