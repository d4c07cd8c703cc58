"""The tick: what came due gets its runs, what waited gets its turn, what ended is written down.

Any number of clocks may tick at once: a schedule is held while its due times are served, and the
runs, their jobs and the next due time are one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import Row, select, text

from app.core import jobs
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db, delete_some, new_id
from app.core.errors import Invalid
from app.core.log import get
from app.engine.events import actions as events
from app.engine.schedules import actions, due_times
from app.engine.schedules.catalogue import SCHEDULABLES
from app.engine.schedules.models import Schedule, ScheduleRun

BATCH = 1000
BATCHES_A_TICK = 20
MOST_AT_ONCE = 100
FOLLOW_LOCK = 7_061_952
RUNS_KEPT = timedelta(days=90)
FORGOTTEN_AT_ONCE = 10_000
TOO_LATE = "Rapport was not running at that time, and the schedule says to skip what was missed."
STILL_RUNNING = "The run before it was still going on."

log = get(__name__)


@dataclass(frozen=True)
class Serving:
    """What one schedule's overdue times become: runs, the first that came too late, and the next due time.

    At most MOST_AT_ONCE times are served; what is due beyond them is served by the next tick.
    """

    fire: Sequence[datetime]
    missed: datetime | None
    next_due_at: datetime | None
    is_skipped: bool = False


def serve(schedule: Schedule, moment: datetime) -> Serving:
    """Decide by the schedule's misfire policy. A time is missed when it is overdue by more than the grace."""
    rule, first = schedule.rule, schedule.next_due_at or moment
    still_in_time = moment - timedelta(seconds=schedule.grace_seconds)
    missed = first if first < still_in_time else None
    if missed and schedule.misfire == "once":
        return Serving([first], missed, due_times.next_time(rule, moment))
    is_skipped = missed is not None and schedule.misfire == "skip"
    begin = still_in_time - due_times.INSTANT if is_skipped else first
    due = [] if is_skipped else [first]
    for time in due_times.times_after(rule, begin):
        if time > moment or len(due) == MOST_AT_ONCE:
            return Serving(due, missed, time, is_skipped)
        due.append(time)
    return Serving(due, missed, None, is_skipped)


def _serve_safely(schedule: Schedule, moment: datetime) -> Serving:
    """As `serve`; a rule that makes no sense any more, such as a zone that was abolished, ends this schedule alone."""
    try:
        return serve(schedule, moment)
    except (Invalid, ZoneInfoNotFoundError, ArithmeticError) as error:
        log.warning("schedule.rule_broken", schedule=schedule.name, error=str(error))
        _tell_missed([(schedule, moment, "rule")])
        return Serving([], None, None)


def tick() -> int:
    """Serve all that is due; returns how many runs were queued. Commits after each batch."""
    queued = 0
    if db.session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": FOLLOW_LOCK}):
        follow()
        queued = promote()
    db.session.commit()
    for _batch in range(BATCHES_A_TICK):
        served, fired = _fire_batch()
        db.session.commit()
        queued += fired
        if served < BATCH:
            break
    return queued


def _fire_batch() -> tuple[int, int]:
    """How many schedules were served, and how many runs were queued."""
    moment = now()
    due = db.session.scalars(
        select(Schedule)
        .where(Schedule.next_due_at <= moment)
        .order_by(Schedule.next_due_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    if not due:
        return 0, 0
    servings = [(schedule, _serve_safely(schedule, moment)) for schedule in due]
    made = _insert_runs(_runs_of(servings), moment)
    by_id = {schedule.schedule_id: schedule for schedule in due}
    _queue([(run.run_id, by_id[run.schedule_id], run.due_at) for run in made if run.state == "queued"])
    _tell_missed([(schedule, serving.missed, "late") for schedule, serving in servings if serving.missed])
    _tell_missed([(by_id[run.schedule_id], run.due_at, "overlap") for run in made if run.error == STILL_RUNNING])
    _move_on(servings)
    return len(due), sum(run.state == "queued" for run in made)


def _runs_of(servings: Sequence[tuple[Schedule, Serving]]) -> list[dict[str, Any]]:
    busy = _busy([schedule.schedule_id for schedule, _serving in servings if schedule.overlap != "allow"])
    rows = []
    for schedule, serving in servings:
        if serving.is_skipped:
            rows.append(_row(schedule, serving.missed, "skipped", TOO_LATE))
        for due_at in serving.fire:
            if schedule.overlap == "allow" or schedule.schedule_id not in busy:
                rows.append(_row(schedule, due_at, "queued"))
                busy.add(schedule.schedule_id)
            elif schedule.overlap == "queue":
                rows.append(_row(schedule, due_at, "due"))
            else:
                rows.append(_row(schedule, due_at, "skipped", STILL_RUNNING))
    return rows


def _row(schedule: Schedule, due_at: datetime | None, state: str, error: str | None = None) -> dict[str, Any]:
    return {"id": new_id(), "schedule_id": schedule.schedule_id, "due_at": due_at, "state": state, "error": error}


def _busy(schedule_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the schedules that have a run without an end."""
    unfinished = text(
        "SELECT DISTINCT schedule_id FROM schedule_runs"
        " WHERE finished_at IS NULL AND schedule_id = ANY(CAST(:ids AS uuid[]))"
    )
    return set(db.session.scalars(unfinished, {"ids": list(schedule_ids)}))


def _insert_runs(rows: list[dict[str, Any]], moment: datetime) -> Sequence[Row[Any]]:
    """The rows that are new: a due time has one run, whoever asks."""
    columns = {name: [row[name] for row in rows] for name in ("id", "schedule_id", "due_at", "state", "error")}
    return db.session.execute(
        text(
            "INSERT INTO schedule_runs (run_id, schedule_id, due_at, state, error, created_at, finished_at)"
            " SELECT run_id, schedule_id, due_at, state, error, :now, CASE state WHEN 'skipped' THEN :now END"
            " FROM unnest(CAST(:id AS uuid[]), CAST(:schedule_id AS uuid[]), CAST(:due_at AS timestamptz[]),"
            "  CAST(:state AS text[]), CAST(:error AS text[])) AS made (run_id, schedule_id, due_at, state, error)"
            " ON CONFLICT (schedule_id, due_at) DO NOTHING RETURNING run_id, schedule_id, due_at, state, error"
        ),
        {**columns, "now": moment},
    ).all()


def _queue(runs: Sequence[tuple[UUID, Schedule, datetime]]) -> None:
    """Queue the jobs of runs, each under its run's id, and say that they begin."""
    by_lane = sorted((_lane(schedule), run_id) for run_id, schedule, _due_at in runs)
    for lane, group in groupby(by_lane, key=lambda pair: pair[0]):
        jobs.enqueue_many(actions.RUN_JOB, [(run_id, {"run_id": str(run_id)}) for _lane, run_id in group], lane=lane)
    actions.tell_fired(runs, actor=SYSTEM)


def _lane(schedule: Schedule) -> jobs.Lane:
    work = SCHEDULABLES.get(schedule.job)
    return work.lane if work else "bulk"


def _move_on(servings: Sequence[tuple[Schedule, Serving]]) -> None:
    db.session.execute(
        text(
            "UPDATE schedules s SET next_due_at = moved.next_due_at"
            " FROM unnest(CAST(:ids AS uuid[]), CAST(:next AS timestamptz[])) AS moved (schedule_id, next_due_at)"
            " WHERE s.schedule_id = moved.schedule_id"
        ),
        {
            "ids": [schedule.schedule_id for schedule, _serving in servings],
            "next": [serving.next_due_at for _schedule, serving in servings],
        },
    )


def _tell_missed(missed: Sequence[tuple[Schedule, datetime, str]]) -> None:
    told = [
        (schedule.schedule_id, {**actions.facts_of(schedule, due_at), "reason": reason})
        for schedule, due_at, reason in missed
    ]
    events.emit_many("schedule.missed", told, actor=SYSTEM)


PROMOTE = text(
    """
    UPDATE schedule_runs SET state = 'queued' WHERE state = 'due' AND run_id IN (
        SELECT DISTINCT ON (w.schedule_id) w.run_id FROM schedule_runs w
        WHERE w.state = 'due' AND w.finished_at IS NULL AND NOT EXISTS (
            SELECT FROM schedule_runs b
            WHERE b.schedule_id = w.schedule_id AND b.finished_at IS NULL AND b.state <> 'due')
        ORDER BY w.schedule_id, w.due_at)
    RETURNING run_id, schedule_id, due_at
    """
)


def promote() -> int:
    """Queue the first run that waits of each schedule whose last run ended; returns how many."""
    found = db.session.execute(PROMOTE).all()
    if found:
        by_id = _schedules_of(found)
        _queue([(run.run_id, by_id[run.schedule_id], run.due_at) for run in found])
    return len(found)


# A job that failed while its run was lost was never tried again: it stays lost.
FOLLOW = text(
    """
    UPDATE schedule_runs r
    SET state = f.state, attempt = f.attempt, lease_until = f.lease_until, result = f.result,
        heartbeat_at = coalesce(f.lease_until - make_interval(secs => :lease), r.heartbeat_at),
        error = f.last_error, started_at = f.started_at, finished_at = f.finished_at
    FROM (SELECT u.run_id, j.attempt, j.lease_until, j.result, j.started_at,
              CASE j.state WHEN 'cancelled' THEN 'It was stopped.' ELSE j.last_error END AS last_error,
              j.finished_at, CASE WHEN j.state = 'done' THEN 'ok'
                   WHEN j.finished_at IS NOT NULL AND u.state = 'lost' AND u.attempt = j.attempt THEN 'lost'
                   WHEN j.finished_at IS NOT NULL THEN 'failed'
                   WHEN j.state = 'running' AND j.lease_until < :now THEN 'lost'
                   ELSE j.state END AS state
          FROM schedule_runs u JOIN jobs j ON j.job_id = u.run_id
          WHERE u.finished_at IS NULL AND u.state <> 'due') f
    WHERE r.run_id = f.run_id AND r.finished_at IS NULL
      AND (r.state, r.attempt, r.lease_until, r.error, r.finished_at)
          IS DISTINCT FROM (f.state, f.attempt, f.lease_until, f.last_error, f.finished_at)
    RETURNING r.schedule_id, r.run_id, r.due_at, r.state, r.error, r.finished_at
    """
)


def follow() -> int:
    """Write down how far the jobs of unfinished runs are; returns how many changed."""
    changed = db.session.execute(FOLLOW, {"now": now(), "lease": jobs.LEASE.total_seconds()}).all()
    failed = [run for run in changed if run.finished_at and run.state in ("failed", "lost")]
    if failed:
        _tell_failed(failed)
    return len(changed)


def _tell_failed(runs: Sequence[Row[Any]]) -> None:
    by_id = _schedules_of(runs)
    told = []
    for run in runs:
        log.warning("schedule.failed", schedule_id=str(run.schedule_id), run_id=str(run.run_id))
        why = {"run_id": str(run.run_id), "error": run.error or ""}
        told.append((run.schedule_id, {**actions.facts_of(by_id[run.schedule_id], run.due_at), **why}))
    events.emit_many("schedule.failed", told, actor=SYSTEM)


def _schedules_of(runs: Sequence[Row[Any]]) -> dict[UUID, Schedule]:
    found = select(Schedule).where(Schedule.schedule_id.in_({run.schedule_id for run in runs}))
    return {schedule.schedule_id: schedule for schedule in db.session.scalars(found)}


def forget_old_runs() -> int:
    """Remove what ended long ago; returns how many. A duty of the clock."""
    return delete_some(ScheduleRun, ScheduleRun.finished_at < now() - RUNS_KEPT, limit=FORGOTTEN_AT_ONCE)
