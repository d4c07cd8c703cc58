"""Background jobs: a row in PostgreSQL is the job, RQ in Redis is only its doorbell.

`enqueue` inserts the row in the caller's transaction, so no job runs for what was not
saved. After the commit the doorbell rings; a lost ring, a flushed Redis or a killed
worker is found by `sweep`, which rings again. A worker takes a job by lease and fence:
whoever lost the lease cannot finish it.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import random
from typing import Any, Literal
from uuid import UUID

from flask import current_app
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import metrics
from app.core.clock import now
from app.core.db import Base, act_as, after_commit, db, delete_some, new_id
from app.core.errors import DomainError
from app.core.log import correlation_id, get, new_correlation_id
from app.core.redis import redis

Lane = Literal["critical", "default", "bulk"]
LANES: tuple[Lane, ...] = ("critical", "default", "bulk")
LEASE = timedelta(seconds=30)
HEARTBEAT_SECONDS = 8
RING_AGAIN_AFTER = timedelta(seconds=15)
LONGEST_BACKOFF_SECONDS = 3600
KEPT_FOR = timedelta(days=90)
FORGOTTEN_AT_ONCE = 5_000

log = get(__name__)


class Job(Base):
    """One piece of background work and all that happened to it."""

    __tablename__ = "jobs"

    job_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    args: Mapped[dict[str, Any]]
    lane: Mapped[str]
    key: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="queued")
    due_at: Mapped[datetime]
    rung_at: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=3)
    lease_until: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    step: Mapped[str] = mapped_column(default="")
    result: Mapped[dict[str, Any] | None]
    last_error: Mapped[str | None]
    cancel_asked_at: Mapped[datetime | None]
    correlation_id: Mapped[str]
    actor_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    @property
    def is_finished(self) -> bool:
        """Nothing more will happen to it."""
        return self.state in ("done", "failed", "cancelled")

    @property
    def share(self) -> float | None:
        """How much is done, 0 to 1; None while that is unknown."""
        return min(1.0, self.done / self.total) if self.total else None


Handler = Callable[..., dict[str, Any] | None]
_handlers: dict[str, Handler] = {}
_preparations: dict[str, Callable[[], None]] = {}


class Cancelled(Exception):
    """Raised by `report` inside a job whose cancellation was asked for."""


@dataclass(frozen=True)
class Claim:
    """A worker's right to finish one attempt of one job."""

    job_id: UUID
    attempt: int
    lease_held: threading.Event


_claim: threading.local = threading.local()


def job(name: str) -> Callable[[Handler], Handler]:
    """Register a function as the work of jobs called `name`; its keyword arguments are JSON."""

    def register(handler: Handler) -> Handler:
        _handlers[name] = handler
        return handler

    return register


def enqueue(
    name: str,
    args: dict[str, Any] | None = None,
    *,
    lane: Lane = "default",
    key: str | None = None,
    delay: timedelta = timedelta(),
    max_attempts: int = 3,
    actor_id: UUID | None = None,
) -> UUID | None:
    """Queue a job in the present transaction.

    With `key`, at most one unfinished job of that key exists: a second call returns None.
    """
    if name not in _handlers:
        raise KeyError(f"no job is called {name!r}")
    moment = now()
    statement = (
        insert(Job)
        .values(
            job_id=new_id(),
            name=name,
            args=args or {},
            lane=lane,
            key=key,
            state="queued",
            due_at=moment + delay,
            rung_at=None if delay else moment,
            attempt=0,
            max_attempts=max_attempts,
            done=0,
            step="",
            correlation_id=correlation_id.get(),
            actor_id=actor_id,
            created_at=moment,
        )
        .on_conflict_do_nothing(index_elements=[Job.key], index_where=text("state IN ('queued', 'running')"))
        .returning(Job.job_id)
    )
    job_id = db.session.scalar(statement)
    if job_id is not None and not delay:
        after_commit(lambda: ring(lane, job_id))
    return job_id


def enqueue_many(
    name: str, queued: Sequence[tuple[UUID, dict[str, Any]]], *, lane: Lane = "default", max_attempts: int = 3
) -> None:
    """Queue many jobs of one name in the present transaction, by one statement.

    `queued`: the id each job shall have, and its arguments. An id that is there already is left as it is.
    """
    if name not in _handlers:
        raise KeyError(f"no job is called {name!r}")
    db.session.execute(
        text(
            "INSERT INTO jobs (job_id, name, args, lane, state, due_at, rung_at, attempt, max_attempts, done, step,"
            " correlation_id, created_at)"
            " SELECT job_id, :name, CAST(args AS jsonb), :lane, 'queued', :now, :now, 0, :most, 0, '',"
            " :correlation, :now"
            " FROM unnest(CAST(:ids AS uuid[]), CAST(:args AS text[])) AS queued (job_id, args)"
            " ON CONFLICT (job_id) DO NOTHING"
        ),
        {
            "name": name,
            "lane": lane,
            "now": now(),
            "most": max_attempts,
            "correlation": correlation_id.get(),
            "ids": [job_id for job_id, _args in queued],
            "args": [current_app.json.dumps(args) for _job_id, args in queued],
        },
    )
    after_commit(lambda: ring(lane, *(job_id for job_id, _args in queued)))


def ring(lane: str, *job_ids: UUID) -> None:
    """Wake a worker of the lane for each job. A ring that gets lost is repeated by `sweep`."""
    try:
        queue = Queue(lane, connection=redis.client, serializer=JSONSerializer)
        queue.enqueue_many(
            [
                Queue.prepare_data("app.core.jobs.run", (str(job_id),), result_ttl=0, failure_ttl=3600, timeout=-1)
                for job_id in job_ids
            ]
        )
    except RedisError:
        metrics.degraded.labels("doorbell").inc()


def sweep(limit: int = 500) -> int:
    """Ring for every due job that nobody works on: new, retried, or left by a dead worker."""
    moment = now()
    rows = db.session.execute(
        text(
            """
            UPDATE jobs SET rung_at = :now WHERE job_id IN (
                SELECT job_id FROM jobs
                WHERE state IN ('queued', 'running')
                  AND ((state = 'queued' AND due_at <= :now AND coalesce(rung_at, '-infinity') < :again)
                    OR (state = 'running' AND lease_until < :now
                        AND coalesce(rung_at, '-infinity') < greatest(lease_until, :again)))
                ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED)
            RETURNING lane, job_id
            """
        ),
        {"now": moment, "again": moment - RING_AGAIN_AFTER, "limit": limit},
    ).all()
    for lane, job_id in rows:
        after_commit(partial(ring, lane, job_id))
    return len(rows)


def forget_old() -> int:
    """Remove jobs that ended more than 90 days ago; returns how many. A duty of the clock."""
    return delete_some(Job, Job.finished_at < now() - KEPT_FOR, limit=FORGOTTEN_AT_ONCE)


# Taken in one go, where nobody works on it and it is due; what was taken too often or shall stop ends here.
# Nobody waits for the disk: a claim that is lost in a crash is lost before anything that the job wrote, and taken anew.
CLAIM = text(
    """
    UPDATE jobs SET
        state = CASE WHEN cancel_asked_at IS NOT NULL THEN 'cancelled' WHEN attempt >= max_attempts THEN 'failed'
            ELSE 'running' END,
        last_error = CASE WHEN cancel_asked_at IS NULL AND attempt >= max_attempts
            THEN coalesce(last_error, 'The worker died each time it tried.') ELSE last_error END,
        finished_at = CASE WHEN cancel_asked_at IS NOT NULL OR attempt >= max_attempts THEN :now END,
        lease_until = CASE WHEN cancel_asked_at IS NULL AND attempt < max_attempts
            THEN CAST(:lease_until AS timestamptz) END,
        started_at = coalesce(started_at, :now),
        attempt = attempt + (cancel_asked_at IS NULL AND attempt < max_attempts)::integer
    WHERE job_id = (SELECT job_id FROM jobs WHERE job_id = :job_id FOR UPDATE SKIP LOCKED)
      AND due_at <= :now AND (state = 'queued' OR (state = 'running' AND coalesce(lease_until, :now) <= :now))
    RETURNING job_id, name, args, attempt, state, correlation_id, actor_id,
        set_config('synchronous_commit', 'off', true)
    """
)


def claim(job_id: UUID) -> Any | None:
    """Take the job for one attempt, unless somebody works on it or it is not due; commits.

    Shape: job_id, name, args, attempt, correlation_id, actor_id.
    """
    moment = now()
    values = {"job_id": job_id, "now": moment, "lease_until": moment + LEASE}
    row = db.session.execute(CLAIM, values).one_or_none()
    db.session.commit()
    return row if row is not None and row.state == "running" else None


def before_each(prepare: Callable[[], None]) -> None:
    """Let `prepare` look at every job before it begins, as a gate does at every request."""
    _preparations[prepare.__qualname__] = prepare


def get_ready() -> None:
    """Do what is done before each job; for commands that do a job's work by themselves."""
    for prepare in _preparations.values():
        prepare()


def run(job_id: str) -> None:
    """Do one job (RQ calls this in a worker). Its effects and its end are one transaction."""
    try:
        row = claim(UUID(job_id))
        if row is not None:
            _work_on(row)
    finally:
        db.session.remove()  # the next job must not meet a session whose connection broke in this one


def _work_on(row: Any) -> None:
    held = threading.Event()
    held.set()
    _claim.now = Claim(row.job_id, row.attempt, held)
    token = correlation_id.set(row.correlation_id if row.correlation_id != "-" else new_correlation_id())
    act_as(row.actor_id)
    stop = threading.Event()
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the thread needs it
    threading.Thread(target=_keep_lease, args=(app, _claim.now, stop), daemon=True).start()
    job_id, name, attempt = row.job_id, row.name, row.attempt
    log.info("job.started", job=name, job_id=str(job_id), attempt=attempt)
    try:
        get_ready()
        result = _handlers[name](**row.args)
        _finish(job_id, attempt, "done", result=result)
        db.session.commit()
        log.info("job.done", job=name, job_id=str(job_id))
    except Cancelled:
        db.session.rollback()
        _finish(job_id, attempt, "cancelled")
        db.session.commit()
    except Exception as error:
        db.session.rollback()
        log.exception("job.failed", job=name, job_id=str(job_id), attempt=attempt)
        _retry(job_id, attempt, error)
        db.session.commit()
    finally:
        stop.set()
        act_as(None)
        _claim.now = None
        correlation_id.reset(token)


class LostLease(Exception):
    """Another worker took the job over; whatever this one did is rolled back."""


def _finish(job_id: UUID, attempt: int, state: str, result: dict[str, Any] | None = None) -> None:
    ended = db.session.execute(
        text(
            "UPDATE jobs SET state = :state, result = CAST(:result AS jsonb), finished_at = :now, lease_until = NULL"
            " WHERE job_id = :job_id AND attempt = :attempt AND state = 'running'"
        ),
        {
            "state": state,
            "result": None if result is None else current_app.json.dumps(result),
            "now": now(),
            "job_id": job_id,
            "attempt": attempt,
        },
    )
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise LostLease(str(job_id))


def _retry(job_id: UUID, attempt: int, error: Exception) -> None:
    if isinstance(error, LostLease):
        return
    row = db.session.scalar(select(Job).where(Job.job_id == job_id, Job.attempt == attempt).with_for_update())
    if row is None or row.state != "running":
        return
    row.last_error = str(error) if isinstance(error, DomainError) else f"{type(error).__name__}: {error}"[:2000]
    row.lease_until = None
    if attempt >= row.max_attempts or isinstance(error, DomainError):
        row.state, row.finished_at = "failed", now()
    else:
        row.state, row.rung_at = "queued", None
        row.due_at = now() + timedelta(seconds=backoff_seconds(attempt))


def backoff_seconds(attempt: int) -> float:
    """Wait before the next try: doubling from 2 s to an hour, with full jitter above a floor of 1 s."""
    return 1 + random() * min(LONGEST_BACKOFF_SECONDS, 2**attempt)  # noqa: S311 - spreads load, hides nothing


def _keep_lease(app: Any, claim: Claim, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT_SECONDS):
        with app.app_context(), db.engine.begin() as connection:
            kept = connection.execute(
                text(
                    "UPDATE jobs SET lease_until = :until"
                    " WHERE job_id = :job_id AND attempt = :attempt AND state = 'running'"
                ),
                {"until": now() + LEASE, "job_id": claim.job_id, "attempt": claim.attempt},
            )
            if kept.rowcount != 1:
                claim.lease_held.clear()
                return


def report(done: int, total: int | None = None, step: str = "") -> None:
    """Show how far the running job is, at once and on a connection of its own.

    Raises: Cancelled when somebody asked to stop it; LostLease when another worker has it.
    """
    mine: Claim | None = getattr(_claim, "now", None)
    if mine is None:
        return
    with db.engine.begin() as connection:
        asked = connection.execute(
            text(
                "UPDATE jobs SET done = :done, total = coalesce(:total, total), step = :step"
                " WHERE job_id = :job_id AND attempt = :attempt AND state = 'running' RETURNING cancel_asked_at"
            ),
            {"done": done, "total": total, "step": step, "job_id": mine.job_id, "attempt": mine.attempt},
        ).one_or_none()
    if asked is None or not mine.lease_held.is_set():
        raise LostLease(str(mine.job_id))
    if asked[0] is not None:
        raise Cancelled


def ask_to_stop(job_id: UUID | None) -> None:
    """Let a job stop after the step it is in; what it did until then stays. One that ended is left as it is."""
    row = db.session.get(Job, job_id) if job_id else None
    if row is not None and not row.is_finished:
        row.cancel_asked_at = row.cancel_asked_at or now()
        db.session.flush()


def withdraw(key: str) -> bool:
    """Take back a queued job of this key, in the present transaction; False when there is none that has not begun."""
    taken = update(Job).where(Job.key == key, Job.state == "queued").values(state="cancelled", finished_at=now())
    return db.session.scalar(taken.returning(Job.job_id)) is not None


@metrics.collector
def _jobs_by_state() -> Iterable[tuple[str, str, dict[str, str], float]]:
    rows = db.session.execute(
        text(
            "SELECT lane, state, count(*), coalesce(extract(epoch FROM now() - min(due_at)), 0)"
            " FROM jobs WHERE state IN ('queued', 'running', 'failed') GROUP BY lane, state"
        )
    )
    for lane, state, count, oldest in rows:
        labels = {"lane": lane, "state": state}
        yield "rapport_jobs", "Jobs that wait, run or failed", labels, count
        if state == "queued":
            yield (
                "rapport_jobs_oldest_seconds",
                "Age of the oldest waiting job",
                {"lane": lane},
                max(0, oldest),
            )
