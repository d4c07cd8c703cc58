"""Beginning to work through a list, taking the next record, and deciding about it."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, literal, select, text, update

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, delete_some, one_of, sign_writes
from app.core.errors import Conflict, Invalid
from app.engine.events import actions as events
from app.engine.records import kinds as records
from app.engine.records.kinds import Record
from app.engine.views.columns import Listing
from app.tasks import actions as tasks
from app.tasks.actions import TaskDetails
from app.tasks.moments import Due, zone_of
from app.work import queries
from app.work.models import OUTCOMES, WorkRun, WorkStep

MOST_STEPS = 100_000
LONGEST_NAME = 200
HELD_FOR = timedelta(minutes=15)
KEPT_FOR = timedelta(days=90)
FORGOTTEN_AT_ONCE = 50
ROWS_AT_ONCE = 20_000

CLAIM = text(
    """
    UPDATE work_steps SET state = 'held', person_id = :person_id, held_until = :until
    WHERE (run_id, position) = (
        SELECT run_id, position FROM work_steps
        WHERE run_id = :run_id AND position > :after AND state IN ('waiting', 'held')
          AND (state = 'waiting' OR held_until < :now)
        ORDER BY position LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING position
    """
)


class NobodyThere(Invalid):
    """The list has no rows."""


def begin(listing: Listing, query: str, name: str, *, is_shared: bool = True, actor: Actor) -> WorkRun:
    """Take in what a list has now, in its order. Raises: Invalid for an empty list or one that is too long."""
    assert actor.id is not None
    run = WorkRun(
        list=listing.path,
        query=query,
        record_kind=listing.kind,
        name=" ".join(name.split())[:LONGEST_NAME] or listing.nouns[1],
        total=1,
        owner_id=actor.id,
        is_shared=is_shared,
    )
    db.session.add(run)
    db.session.flush()
    run.total = _take_in(run, listing, actor)
    if not run.total:
        raise NobodyThere("There is nothing in this list to work through.")
    db.session.flush()
    events.emit("work.begun", actor=actor, subject_id=run.run_id, **_facts_of(run))
    return run


def _take_in(run: WorkRun, listing: Listing, actor: Actor) -> int:
    """A step for each row, by one statement."""
    ids = queries.select_ids(actor, listing, run.query).limit(MOST_STEPS + 1).subquery()
    rows = select(literal(run.run_id), func.row_number().over(), ids.c.record_id, literal("waiting"))
    into = ["run_id", "position", "record_id", "state"]
    statement = insert(WorkStep).from_select(into, rows, include_defaults=False)
    taken = db.session.execute(statement, execution_options={"preserve_rowcount": True}).rowcount  # type: ignore[attr-defined]
    if taken > MOST_STEPS:
        raise Invalid(f"This list has more than {MOST_STEPS:,} rows. Filter it first.")
    return int(taken)


def take(run: WorkRun, *, actor: Actor) -> tuple[WorkStep, Record] | None:
    """The step the actor is at, or the next that nobody has; None when none is left for them.

    What is not there any more is passed over; what this actor may not see is left to others.
    """
    held = queries.find_held(run, actor.id)
    after = 0
    while True:
        step = held or _claim(run, after, actor)
        if step is None:
            _finish_if_over(run, actor)
            return None
        record = records.find_records(actor, [(run.record_kind, step.record_id)]).get((run.record_kind, step.record_id))
        if record is not None:
            _keep(step)
            return step, record
        held, after = None, step.position
        _pass_over(run, step, actor)


def _keep(step: WorkStep) -> None:
    """Whoever looks at it again goes on holding it."""
    if step.held_until is not None and step.held_until < now() + HELD_FOR / 2:
        step.held_until = now() + HELD_FOR
        db.session.flush()


def _claim(run: WorkRun, after: int, actor: Actor) -> WorkStep | None:
    sign_writes(db.session())
    moment = now()
    values = {"run_id": run.run_id, "after": after, "person_id": actor.id, "now": moment, "until": moment + HELD_FOR}
    position = db.session.scalar(CLAIM, values)
    return None if position is None else db.session.get(WorkStep, (run.run_id, position), populate_existing=True)


def _pass_over(run: WorkRun, step: WorkStep, actor: Actor) -> None:
    is_gone = actor.id == run.owner_id
    step.state, step.held_until = ("gone", None) if is_gone else ("waiting", None)
    step.at = now() if is_gone else None
    step.person_id = actor.id if is_gone else None
    db.session.flush()


def decide(run: WorkRun, step: WorkStep, outcome: str, *, actor: Actor, until: date | None = None) -> None:
    """Say what became of a record; deciding again replaces what was decided. Snoozing makes a task for that day.

    Raises: Invalid; Conflict when a colleague has the record now, or decided about it.
    """
    if outcome not in OUTCOMES:
        raise Invalid("Choose what became of it.")
    db.session.refresh(step, with_for_update=True)
    if step.person_id not in (None, actor.id) and not _is_free(step):
        raise Conflict("A colleague is at this one, or has decided about it. Go on with the next.")
    if outcome == "snoozed":
        _remember(run, step, until, actor)
    step.state, step.person_id, step.held_until, step.at = outcome, actor.id, None, now()
    db.session.flush()
    told = {"run_id": str(run.run_id), "record_kind": run.record_kind}
    if outcome == "snoozed":
        told["until"] = str(until)
    events.emit(f"work.{outcome}", actor=actor, subject_id=step.record_id, **told)  # type: ignore[arg-type]
    _finish_if_over(run, actor)


def _is_free(step: WorkStep) -> bool:
    return step.state == "waiting" or (step.held_until is not None and step.held_until < now())


def _remember(run: WorkRun, step: WorkStep, until: date | None, actor: Actor) -> None:
    zone = zone_of(actor)
    if until is None or Due(until, None, zone).is_over_at <= now():
        raise Invalid(errors={"until": ["Choose a day to come."]})
    record = records.get_record(actor, run.record_kind, step.record_id)
    details = TaskDetails(f"Get back to {record.name}", assignee_id=actor.id, due=Due(until, None, zone))
    tasks.add_task(details, zone=zone, record=(record.kind, record.id), actor=actor)


def let_go(run: WorkRun, *, actor: Actor) -> None:
    """Leave the record one is at to whoever comes next."""
    held = (WorkStep.run_id == run.run_id, WorkStep.state == "held", WorkStep.person_id == actor.id)
    free = {"state": "waiting", "person_id": None, "held_until": None}
    db.session.execute(update(WorkStep).where(*held).values(**free))


def _finish_if_over(run: WorkRun, actor: Actor) -> None:
    """Whoever decides about the last one ends the run; of two who do so at once, whoever looks for the next one."""
    if run.finished_at is None and not queries.is_open(run):
        finish(run, actor=actor)


def finish(run: WorkRun, *, actor: Actor) -> None:
    """Say that the run is over; what waits in it stays as it is."""
    if run.finished_at is None:
        run.finished_at = now()
        db.session.flush()
        events.emit("work.finished", actor=actor, subject_id=run.run_id, **_facts_of(run))


def forget_old() -> int:
    """Forget runs that ended more than 90 days ago, with their steps; returns how many. A duty of the clock.

    Of large ones some steps go at a time, and they themselves with the last.
    """
    old = select(WorkRun.run_id).where(WorkRun.finished_at < now() - KEPT_FOR).order_by(WorkRun.finished_at)
    ids = db.session.scalars(old.limit(FORGOTTEN_AT_ONCE)).all()
    if delete_some(WorkStep, one_of(WorkStep.run_id, ids), limit=ROWS_AT_ONCE) == ROWS_AT_ONCE:
        return 0
    db.session.execute(delete(WorkRun).where(one_of(WorkRun.run_id, ids)))
    return len(ids)


def _facts_of(run: WorkRun) -> dict[str, Any]:
    return {"list": run.list, "name": run.name, "total": run.total}
