"""Begin change sets, and undo them."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, text, update

from app.core import jobs
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, delete_some, new_id, one_of
from app.core.errors import Conflict, NotAllowed, NotFound
from app.core.jobs import Job
from app.engine.changes import tables
from app.engine.changes.models import ChangedRow, ChangeSet, KeptRow
from app.engine.changes.undoing import undo_rows
from app.engine.events import actions as events

UNDO_JOB = "changes.undo"
KEPT_FOR = timedelta(days=30)
AT_ONCE = 1_000
FORGOTTEN_AT_ONCE = 50
ROWS_AT_ONCE = 20_000

JOIN_IN = text(
    "SELECT set_config('app.change_set_id',"
    " coalesce(nullif(current_setting('app.change_set_id', true), ''), CAST(:mine AS text)), true)"
)
RESUME = text("SELECT set_config('app.change_set_id', CAST(:mine AS text), true)")


class NotUndoable(Conflict):
    """It was undone before, or still goes on."""


def begin(label: str, *, kind: str, actor: Actor, job_id: UUID | None = None) -> ChangeSet:
    """Let all that this transaction writes from here on be one change set, which can be undone.

    `kind`: one word for what was done, such as "edit", "import", "merge". `label`: what the person reads,
    "Edited Ada Lovelace". Within a change set that was begun before, this goes on with that one.
    """
    mine = new_id()
    current = UUID(db.session.scalar(JOIN_IN, {"mine": str(mine)}))
    if current != mine:
        return db.session.get_one(ChangeSet, current)
    change_set = ChangeSet(change_set_id=mine, kind=kind, label=label[:300], actor_id=actor.id, job_id=job_id)
    db.session.add(change_set)
    db.session.flush()
    return change_set


def resume(change_set_id: UUID) -> None:
    """Let a further transaction of the same work belong to the change set: a job commits on its way."""
    db.session.execute(RESUME, {"mine": str(change_set_id)})


def leave() -> None:
    """Let what this transaction writes from here on belong to no change set."""
    db.session.execute(select(func.set_config("app.change_set_id", "", True)))


def find_present() -> UUID | None:
    """The change set that this transaction belongs to, if it does to one."""
    present = db.session.scalar(select(func.current_setting("app.change_set_id", True)))
    return UUID(present) if present else None


def go_on(change_set_id: UUID) -> bool:
    """As `resume`, for what follows from it later; False when it was undone meanwhile, and nothing is to follow."""
    found = db.session.get(ChangeSet, change_set_id, with_for_update=True, populate_existing=True)
    if found is None or found.undone_at is not None:
        return found is None
    resume(change_set_id)
    return True


def mention(label: str, *, kind: str, actor: Actor, elsewhere: str) -> None:
    """Let something that has an undo of its own stand among the changes; it is undone by posting to its `/undo`."""
    change_set = ChangeSet(change_set_id=new_id(), kind=kind, label=label[:300], actor_id=actor.id, elsewhere=elsewhere)
    db.session.add(change_set)


def mention_undone(elsewhere: str, *, actor: Actor) -> None:
    """Say so of what `mention` was told of."""
    undone = update(ChangeSet).where(ChangeSet.elsewhere == elsewhere).values(undone_at=now(), undone_by=actor.id)
    db.session.execute(undone)


def undo(change_set: ChangeSet, *, actor: Actor) -> ChangeSet:
    """Undo a change set, at once or, when it is large, by a job; returns the change set that undoing is.

    Undoing the returned one does all again. Asked for twice at once, it is done once.
    Raises: NotAllowed for what somebody else did, without the right; NotUndoable.
    """
    db.session.refresh(change_set, with_for_update=True)
    _check(change_set, actor)
    is_large = change_set.rows_changed > AT_ONCE
    job_id = new_id() if is_large else None
    verb = "Did again" if change_set.is_undo else "Undid"
    label = change_set.label.removeprefix("Undid: ").removeprefix("Did again: ")
    undoing = ChangeSet(
        kind="redo" if change_set.is_undo else "undo",
        label=f"{verb}: {label}",
        actor_id=actor.id,
        job_id=job_id,
        undoes_id=change_set.change_set_id,
    )
    db.session.add(undoing)
    change_set.undone_at, change_set.undone_by = now(), actor.id
    db.session.flush()
    if job_id:
        args = {"undo_id": str(undoing.change_set_id)}
        jobs.enqueue_many(UNDO_JOB, [(job_id, args)], lane="bulk")
    else:
        _go_back(change_set, undoing, actor)
    return undoing


def _check(change_set: ChangeSet, actor: Actor) -> None:
    if change_set.actor_id != actor.id and not actor.can("changes.undo_any"):
        raise NotAllowed("Somebody else did this. Ask them, or a manager, to undo it.")
    if change_set.undone_at:
        raise NotUndoable("This was undone already.")
    if change_set.elsewhere:
        raise NotUndoable("This has an undo of its own, in the list of its like.")
    if change_set.job_id and is_going_on(change_set.job_id):
        raise NotUndoable("This still goes on. Stop it first, or wait until it is done.")


def is_going_on(job_id: UUID) -> bool:
    """The job will still write."""
    state = db.session.scalar(select(Job.state).where(Job.job_id == job_id))
    return state in ("queued", "running")


def undo_in_steps(undoing: ChangeSet, *, actor: Actor) -> ChangeSet:
    """The work of the job: a batch, a commit, and so on. Done twice, it goes on where it was. Raises: NotFound."""
    done = db.session.get(ChangeSet, undoing.undoes_id)
    if done is None:
        raise NotFound
    _go_back(done, undoing, actor, in_steps=True)
    return undoing


def _go_back(done: ChangeSet, undoing: ChangeSet, actor: Actor, *, in_steps: bool = False) -> None:
    resume(undoing.change_set_id)
    total, so_far = done.rows_changed, 0

    def step(rows: int) -> None:
        nonlocal so_far
        so_far += rows
        if in_steps:
            db.session.commit()
            jobs.report(so_far, total, "Undoing")
            resume(undoing.change_set_id)

    db.session.flush()
    changed = undo_rows(done, undoing, step=step)
    db.session.expire_all()
    tables.tell(undoing, changed, actor)
    kept = db.session.scalar(select(func.count()).where(KeptRow.change_set_id == undoing.change_set_id)) or 0
    events.emit(
        "change.undone",
        actor=actor,
        subject_id=None,
        change_set_id=str(done.change_set_id),
        label=done.label,
        rows=undoing.rows_changed,
        kept=kept,
        is_many=undoing.rows_changed > AT_ONCE,
    )


def forget(record_id: UUID) -> None:
    """Remove what is kept of a record, for one that was erased: there is no way back to it."""
    db.session.execute(delete(ChangedRow).where(ChangedRow.record_id == record_id))
    db.session.execute(delete(KeptRow).where(KeptRow.record_id == record_id))


def forget_rows(names: Collection[str], ids: Collection[UUID]) -> None:
    """Remove what is kept of some rows that are a part of somebody who was erased."""
    db.session.execute(
        delete(ChangedRow).where(one_of(ChangedRow.table_name, names), one_of(ChangedRow.row_key, map(str, ids)))
    )


def forget_old() -> int:
    """Forget what was changed more than 30 days ago, and its undoing; returns how many. A duty of the clock.

    Of large ones some rows go at a time, and they themselves with the last; what is begun is not undone any more.
    """
    old = select(ChangeSet.change_set_id).where(ChangeSet.at < now() - KEPT_FOR).order_by(ChangeSet.at)
    gone = select(old.limit(FORGOTTEN_AT_ONCE).subquery()).cte(recursive=True)
    undone = select(ChangeSet.change_set_id).join(gone, ChangeSet.undoes_id == gone.c.change_set_id)
    ids = db.session.scalars(select(gone.union(undone))).all()
    sets = one_of(ChangeSet.change_set_id, ids)
    for rows in (ChangedRow, KeptRow):
        if delete_some(rows, one_of(rows.change_set_id, ids), limit=ROWS_AT_ONCE) == ROWS_AT_ONCE:
            db.session.execute(update(ChangeSet).where(sets).values(rows_changed=0))
            return 0
    db.session.execute(delete(ChangeSet).where(sets))
    return len(ids)
