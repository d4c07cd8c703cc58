"""A run from its start to its end: people become deliveries, deliveries chunks, chunks jobs."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.core import jobs
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import after_commit, db, limited
from app.core.jobs import Lane
from app.core.partitions import ensure_month
from app.engine.events import actions as events
from app.engine.filters.queries import here_and_now
from app.engine.filters.tree import BadFilter
from app.reach import audience, queries
from app.reach.audience import Terms
from app.reach.channels import opened
from app.reach.channels.base import ProviderTrouble
from app.reach.channels.models import Provider
from app.reach.messages.models import MessageType, Template
from app.reach.models import Chunk, Delivery, Run, TouchTask, Trigger

CHUNK = 1_000
LOCAL_CHUNK = 5_000
"""Where one statement does all of a chunk, what is done once for each chunk would cost as much as the messages."""
PART = 200_000
"""So many people are settled in one transaction: the first are written to while the others are being settled."""
NOBODY = UUID(int=0)
"""Comes before everybody."""
MANY = 50_000
RUNG_AT_ONCE = 5_000
PATIENT = {"statement_timeout": "10min", "work_mem": "256MB"}

# The first and the last of each chunk; the ranges do not depend on what the planner believes of a table just filled.
CUT = text(
    """
    INSERT INTO reach_chunks (run_id, chunk_no, channel, provider_id, person_lo, person_hi, planned, state)
    SELECT :run_id, :before + row_number() OVER (ORDER BY n), :channel, :provider_id,
        (array_agg(person_id ORDER BY place))[1], (array_agg(person_id ORDER BY place DESC))[1],
        max(place) - min(place) + 1, 'open'
    FROM (
        SELECT person_id, place, place / :size AS n, is_last FROM (
            SELECT person_id, row_number() OVER by_id - 1 AS place, lead(person_id) OVER by_id IS NULL AS is_last
            FROM reach_deliveries
            WHERE run_id = :run_id AND day = :day AND channel = :channel AND reason IS NULL
              AND person_id > :after
            WINDOW by_id AS (ORDER BY person_id)) AS placed
        ) AS numbered
    WHERE place % :size IN (0, :size - 1) OR is_last
    GROUP BY n
    """
)

# Open chunks of what goes on that no job will send: new ones, resumed ones, and those whose job came to nothing.
GIVE_JOBS = text(
    """
    UPDATE reach_chunks c SET job_id = uuidv7()
    FROM (
        SELECT o.run_id, o.chunk_no, r.lane FROM reach_chunks o
        JOIN reach_runs r ON r.run_id = o.run_id AND r.state IN ('expanding', 'sending')
        JOIN crm_user_touch_task t ON t.id = r.task_id AND t.state = 'running'
        WHERE o.state = 'open' AND NOT EXISTS (
            SELECT FROM jobs j WHERE j.job_id = o.job_id AND j.state IN ('queued', 'running'))
        ORDER BY o.run_id, o.chunk_no LIMIT :limit FOR UPDATE OF o SKIP LOCKED
    ) AS waiting
    WHERE c.run_id = waiting.run_id AND c.chunk_no = waiting.chunk_no
    RETURNING c.job_id, c.run_id, c.chunk_no, waiting.lane
    """
)

# Runs of which nothing is left to send, how many failed, and whether there may be somebody to try by another channel.
SENT = text(
    """
    SELECT r.run_id, r.lane, c.failed, t.reach_by = 'first' AND r.expires_at > :now AND c.has_another
    FROM reach_runs r JOIN crm_user_touch_task t ON t.id = r.task_id AND t.state <> 'paused'
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(failed), 0) AS failed,
            coalesce(bool_or(failed > 0 AND channel <> t.channels ->> -1), false) AS has_another
        FROM reach_chunks WHERE run_id = r.run_id) AS c
    WHERE r.state = 'sending' AND NOT EXISTS (
        SELECT FROM reach_chunks c WHERE c.run_id = r.run_id AND c.state = 'open')
    ORDER BY r.run_id
    """
)

# Who was refused since they were last asked for has to be asked for before it ends.
END = text(
    """
    UPDATE reach_runs r SET state = 'done', finished_at = :now
    WHERE r.run_id = :run_id AND r.state = 'sending'
      AND NOT EXISTS (SELECT FROM reach_chunks c WHERE c.run_id = r.run_id AND c.state = 'open')
      AND :failed = (SELECT coalesce(sum(c.failed), 0) FROM reach_chunks c WHERE c.run_id = r.run_id)
    """
)


def start(task: TouchTask, key: str, *, due_at: datetime, again_for: int | None = None) -> Run | None:
    """Begin a run in the present transaction; None when the one of this key began before.

    Its people are settled by `expand`, or by the job that `expand_soon` queues.
    """
    kind = message_type_of(task)
    moment = now()
    values = {
        "task_id": task.id,
        "key": key,
        "day": moment.date(),
        "version_id": task.version_id,
        "purpose": kind.purpose,
        "lane": kind.lane,
        "again_for": again_for,
        "state": "expanding",
        "due_at": due_at,
        "expires_at": due_at + timedelta(minutes=kind.lives_minutes),
        "excluded": {},
        "started_at": moment,
    }
    statement = upsert(Run).values(**values).on_conflict_do_nothing(index_elements=["task_id", "key"])
    return db.session.scalar(statement.returning(Run))


def message_type_of(task: TouchTask) -> MessageType:
    """Why a task writes, by its template."""
    query = select(MessageType).join(Template, Template.message_type_id == MessageType.message_type_id)
    return db.session.scalars(query.where(Template.template_id == task.template_id)).one()


def expand_soon(run: Run) -> None:
    """Have a worker settle who gets what."""
    key = f"reach.expand:{run.run_id}"
    jobs.enqueue("reach.expand", {"run_id": run.run_id}, lane=run.lane, key=key, max_attempts=8)


@jobs.job("reach.expand")
def expand_one(run_id: int) -> dict[str, int] | None:
    """Settle who gets what in a run, unless that was done; goes on where a worker that died left it."""
    while True:
        run = db.session.get(Run, run_id, with_for_update=True, populate_existing=True)
        if run is None or run.state != "expanding":
            return None
        try:
            expand(run, PART)
        except (BadFilter, ProviderTrouble) as trouble:
            db.session.rollback()
            fail(run_id, str(trouble))
            return None
        if run.state == "sending":
            break
        db.session.commit()
    if run.planned > MANY:
        after_commit(_count_anew)
    return {"audience": run.audience, "planned": run.planned}


def expand(run: Run, most: int | None = None) -> None:
    """A delivery for everybody who is meant, and chunks of those who get something, all in this transaction.

    With `most`, of the next so many people alone; the run is sending once there are no more. Raises: BadFilter;
    ProviderTrouble when a channel has nobody to send by.
    """
    task = db.session.get_one(TouchTask, run.task_id)
    terms = terms_of(task)
    senders = {channel: opened.choose(channel) for channel in terms.channels}
    ensure_month("reach_deliveries", run.day)
    ensure_month("reach_steps", run.day)
    after = _last_settled(run)
    with limited(**PATIENT):
        planned = _plan(run, task, terms).subquery("planned")
        columns = (planned.c.person_id, planned.c.channel, planned.c.reason)
        rows = select(literal(run.day), literal(run.run_id), *columns)
        rows = rows.where(planned.c.person_id > after).order_by(planned.c.person_id)
        if most is not None:
            rows = rows.fetch(most, with_ties=True)  # nobody is parted between two channels
        names = ["day", "run_id", "person_id", "channel", "reason"]
        db.session.execute(insert(Delivery).from_select(names, rows, include_defaults=False))
        settled = _count(run, after)
        for channel, provider in senders.items():
            _cut(run, channel, provider, after)
    if most is None or settled < most:
        run.state, run.expanded_at = "sending", now()
    db.session.flush()
    give_jobs()


def _last_settled(run: Run) -> UUID:
    """Up to whom, by id, it is settled who gets what."""
    its = select(Delivery.person_id).where(Delivery.run_id == run.run_id, Delivery.day == run.day)
    return db.session.scalar(its.order_by(Delivery.person_id.desc()).limit(1)) or NOBODY


def terms_of(task: TouchTask) -> Terms:
    """Under which terms a task's messages go."""
    return Terms(message_type_of(task).purpose, tuple(task.channels), task.reach_by, task.still_true)


def _plan(run: Run, task: TouchTask, terms: Terms) -> Select[Any]:
    moment = here_and_now()
    if run.again_for is not None:
        terms = replace(terms, makes_up_for=run.again_for)
        return audience.plan(audience.failed_in(run.again_for), terms, moment)
    if task.timing != "event":
        return audience.plan(audience.members(task, moment), terms, moment)
    answered = select(Trigger.person_id).where(Trigger.run_id == run.run_id)
    few = db.session.scalars(answered).all()
    return audience.plan(answered, terms, moment, few, only=audience.members(task, moment, few))


def _count(run: Run, after: UUID) -> int:
    """Count who was settled after somebody, by reason, to those before; returns how many rows they are."""
    each = select(Delivery.reason, func.count()).where(Delivery.run_id == run.run_id, Delivery.day == run.day)
    each = each.where(Delivery.person_id > after)
    counted = dict(db.session.execute(each.group_by(Delivery.reason)).tuples().all())
    settled = sum(counted.values())
    run.audience, run.planned = run.audience + settled, run.planned + counted.pop(None, 0)
    run.excluded = dict(Counter(run.excluded) + Counter({str(reason): many for reason, many in counted.items()}))
    return settled


def _cut(run: Run, channel: str, provider: Provider | None, after: UUID) -> None:
    before = select(func.coalesce(func.max(Chunk.chunk_no), 0)).where(Chunk.run_id == run.run_id)
    db.session.execute(
        CUT,
        {
            "run_id": run.run_id,
            "day": run.day,
            "channel": channel,
            "provider_id": provider.provider_id if provider else None,
            "size": size_of_chunk(channel, provider),
            "before": db.session.scalar(before),
            "after": after,
        },
    )


def size_of_chunk(channel: str, provider: Provider | None) -> int:
    """As many at once as the provider takes in a second: it counts by the second, and refuses what comes in a burst."""
    if opened.is_local(channel, provider):
        return LOCAL_CHUNK
    if provider is None or not provider.per_second:
        return CHUNK
    return min(CHUNK, provider.per_second)


def _count_anew() -> None:
    """Let the planner know of what was just filled, long before it would look by itself."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE reach_deliveries"))


def give_jobs() -> int:
    """Queue a job for every open chunk that none will send; returns how many. A duty of the clock besides."""
    given = db.session.execute(GIVE_JOBS, {"limit": RUNG_AT_ONCE}).all()
    by_lane: dict[Lane, list[tuple[UUID, dict[str, Any]]]] = {}
    for job_id, run_id, chunk_no, lane in given:
        by_lane.setdefault(lane, []).append((job_id, {"run_id": run_id, "chunk_no": chunk_no}))
    for lane, queued in by_lane.items():
        jobs.enqueue_many("reach.send", queued, lane=lane)
    return len(given)


def settle() -> None:
    """End runs of which nothing is left to send, or have those tried by the next channel whom one could not reach.

    A duty of the clock.
    """
    for run_id, lane, failed, has_another in db.session.execute(SENT, {"now": now()}).all():
        if has_another:
            jobs.enqueue("reach.fall_back", {"run_id": run_id}, lane=lane, key=f"reach.fall_back:{run_id}")
        else:
            end(run_id, failed=failed)


def end(run_id: int, *, failed: int) -> None:
    """End a run of which nothing is left to send, and its task when that has no other to come.

    `failed`: of how many failures it is known that no other channel is left; with more it goes on.
    """
    task = hold_task_of(run_id)
    db.session.execute(END, {"run_id": run_id, "now": now(), "failed": failed})
    if task.timing not in ("now", "at") or task.state != "running" or _has_open_run(task):
        return
    task.state = "done"
    if task.finished_at is None:
        task.finished_at = now()
        events.emit("touch.finished", actor=SYSTEM, subject_id=None, task_no=task.task_no, name=task.name)


def count_failed(run_id: int) -> int:
    """How often a run failed to reach somebody, by any channel."""
    return db.session.scalar(select(func.coalesce(func.sum(Chunk.failed), 0)).where(Chunk.run_id == run_id)) or 0


def hold_task_of(run_id: int) -> TouchTask:
    """Whoever changes the state of both holds the task first, so that nobody waits for each other."""
    its = select(TouchTask).join(Run, Run.task_id == TouchTask.id).where(Run.run_id == run_id)
    held = its.with_for_update(of=TouchTask, **queries.HELD).execution_options(populate_existing=True)
    return db.session.scalars(held).one()


def _has_open_run(task: TouchTask) -> bool:
    going = select(Run.run_id).where(Run.task_id == task.id, Run.state.in_(("expanding", "sending")))
    return bool(db.session.scalar(select(going.exists())))


def fail(run_id: int, words: str) -> None:
    """End a run, and its task, that cannot go on; `words` say what to do. Nothing of the run may be held."""
    task = hold_task_of(run_id)
    run = db.session.get_one(Run, run_id, with_for_update=queries.HELD, populate_existing=True)
    run.state, run.finished_at = "failed", now()
    its_open = update(Chunk).where(Chunk.run_id == run_id, Chunk.state == "open")
    db.session.execute(its_open.values(state="cancelled"))  # of the parts that were settled before
    task.state, task.problem, task.finished_at = "failed", words, now()
    events.emit("touch.failed", actor=SYSTEM, subject_id=None, task_no=task.task_no, name=task.name, words=words)
