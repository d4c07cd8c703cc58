"""Begin a run, carry it out in batches, and say what became of each row."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, insert, literal, select, text
from sqlalchemy.exc import IntegrityError

from app.core import jobs
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, delete_some, new_id, one_of
from app.core.errors import DomainError, Invalid
from app.engine.bulk import queries
from app.engine.bulk.kinds import BulkAction, Outcome, Work
from app.engine.bulk.models import BulkRow, BulkRun
from app.engine.changes import actions as changes
from app.engine.events import actions as events
from app.engine.views.columns import LISTS

JOB = "bulk.run"
AT_ONCE = 200
MANY = 1_000
FORGOTTEN_AT_ONCE = 50
ROWS_AT_ONCE = 20_000
OUTCOMES = ("changed", "unchanged", "refused", "failed")

Tell = Callable[[int, int, str], None]


# Found by their numbers alone, without a join: nothing knows yet how many rows a new run has.
WRITE = text(
    "UPDATE bulk_rows SET outcome = coalesce(CAST(:told AS jsonb) -> CAST(record_id AS text) ->> 0, 'changed'),"
    " reason = coalesce(CAST(:told AS jsonb) -> CAST(record_id AS text) ->> 1, '')"
    " WHERE run_id = :run_id AND number BETWEEN :low AND :high"
)


def begin(
    chosen: queries.Chosen, action: BulkAction, args: dict[str, object], *, expected: int, actor: Actor
) -> BulkRun:
    """Take in which rows it is about, and do it: a few rows at once, many by a job.

    Raises: Invalid when there are no rows.
    """
    run = BulkRun(
        run_id=new_id(),
        list=chosen.path,
        action=action.key,
        label="",
        args=args,
        query=chosen.query if chosen.is_everything else None,
        expected=expected,
        total=0,
        asked_by=actor.facts,
        actor_id=actor.id,
    )
    db.session.add(run)
    db.session.flush()
    run.total = _take_in(run.run_id, queries.select_ids(actor, chosen))
    if not run.total:
        raise Invalid("Nothing matches any more. Nothing was changed.")
    run.label = action.says(args, LISTS[chosen.path].count_words(run.total))
    if run.total > AT_ONCE or action.is_final:
        run.job_id = new_id()
        jobs.enqueue_many(JOB, [(run.job_id, {"run_id": str(run.run_id)})], lane="bulk")
    if not action.is_final:
        begun = changes.begin(run.label, kind="bulk", actor=actor, job_id=run.job_id)
        run.change_set_id = begun.change_set_id
    if run.job_id is None:
        carry_out(run, action, actor=actor, tell=lambda *_progress: None)
    db.session.flush()
    return run


def _take_in(run_id: UUID, ids: Select[tuple[UUID]]) -> int:
    chosen = ids.order_by(None).distinct().subquery()
    rows = select(literal(run_id), func.row_number().over(order_by=chosen.c[0]), chosen.c[0], literal(""))
    db.session.execute(insert(BulkRow).from_select(["run_id", "number", "record_id", "reason"], rows))
    return db.session.scalar(select(func.count()).where(BulkRow.run_id == run_id)) or 0


def carry_out(
    run: BulkRun, action: BulkAction, *, actor: Actor, tell: Tell, commit: Callable[[], None] = lambda: None
) -> None:
    """Do what is left of a run, a batch, a commit, and so on."""
    counts = Counter(run.counts)
    while batch := queries.list_waiting(run, action.at_once):
        if run.change_set_id:
            changes.resume(run.change_set_id)
        said = _do(action, Work(actor, [row.record_id for row in batch], run.args, run.total > MANY))
        _write(run, batch, said)
        counts.update(outcome for outcome, _reason in said.values())
        counts["changed"] += len(batch) - len(said)
        run.counts = dict(counts)
        commit()
        tell(sum(counts.values()), run.total, run.label)
    finish(run, "done", actor=actor)


def _do(action: BulkAction, work: Work) -> Mapping[UUID, Outcome]:
    """Do it to some rows at once; where that is refused, to each alone, so that the others go on."""
    try:
        with db.session.begin_nested():
            return action.run(work)
    except (IntegrityError, DomainError) as refusal:
        if len(work.ids) == 1:
            reason = str(refusal) if isinstance(refusal, DomainError) else "It would break a rule of the database."
            return {work.ids[0]: ("failed", reason)}
    said: dict[UUID, Outcome] = {}
    for one in work.ids:
        said |= _do(action, Work(work.actor, [one], work.args, work.is_many))
    return said


def _write(run: BulkRun, batch: Sequence[Row[int, UUID]], said: Mapping[UUID, Outcome]) -> None:
    told = {str(record_id): outcome for record_id, outcome in said.items()}
    values = {"told": json.dumps(told), "run_id": run.run_id, "low": batch[0].number, "high": batch[-1].number}
    db.session.execute(WRITE, values)


def finish(run: BulkRun, state: str, *, actor: Actor, problem: str = "") -> None:
    """Say how it ended."""
    run.state, run.finished_at, run.problem = state, now(), problem
    db.session.flush()
    events.emit(
        "bulk.finished",
        actor=actor,
        subject_id=None,
        list=run.list,
        action=run.action,
        label=run.label,
        changed=run.counts.get("changed", 0),
        is_many=run.total > MANY,
    )


def notice_end(run: BulkRun) -> None:
    """A job that was stopped before it began, or whose workers died, leaves its run running: say that it ended."""
    job = db.session.get(jobs.Job, run.job_id) if run.job_id else None
    if run.is_running and job is not None and job.is_finished:
        run.state = "cancelled" if job.state == "cancelled" else "failed"
        run.finished_at, run.problem = now(), job.last_error or ""
        db.session.flush()


def forget_old() -> int:
    """Forget runs that can no longer be undone, with all their rows; returns how many. A duty of the clock.

    Of large ones some rows go at a time, and they themselves with the last.
    """
    old = select(BulkRun.run_id).where(BulkRun.created_at < now() - changes.KEPT_FOR, BulkRun.state != "running")
    ids = db.session.scalars(old.order_by(BulkRun.created_at).limit(FORGOTTEN_AT_ONCE)).all()
    if delete_some(BulkRow, one_of(BulkRow.run_id, ids), limit=ROWS_AT_ONCE) == ROWS_AT_ONCE:
        return 0
    db.session.execute(delete(BulkRun).where(one_of(BulkRun.run_id, ids)))
    return len(ids)
