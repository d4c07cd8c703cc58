"""What comes due: reminders, tasks that are late from now on, and the next ones of series. Each once.

The clock rings when anything is due; one job then does all there is, batch by batch. A row that
another worker holds is left to it, and what was told is written down in the same transaction.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, or_, select, text

from app.core import jobs, web
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db, one_of
from app.engine.events import actions as events
from app.engine.notices import actions as notices
from app.engine.notices.actions import Mail
from app.tasks import series
from app.tasks.models import Task, TaskSeries
from app.tasks.moments import in_words

JOB = "tasks.come_due"
BATCH = 500

REMIND = text(
    """
    UPDATE tasks SET reminded_at = :now WHERE task_id IN (
        SELECT task_id FROM tasks
        WHERE state = 'open' AND reminded_at IS NULL AND remind_at <= :now
        ORDER BY remind_at LIMIT :batch FOR UPDATE SKIP LOCKED)
    RETURNING task_id, title, details, due_on, due_time, remind_at, coalesce(assignee_id, created_by) AS person_id
    """
)
TELL = text(
    """
    UPDATE tasks SET told_due_at = :now WHERE task_id IN (
        SELECT task_id FROM tasks
        WHERE state = 'open' AND told_due_at IS NULL AND due_at <= :now
        ORDER BY due_at LIMIT :batch FOR UPDATE SKIP LOCKED)
    RETURNING task_id, title, coalesce(record_kind, '') AS record_kind, coalesce(record_id::text, '') AS record_id,
        coalesce(assignee_id::text, '') AS assignee_id
    """
)


def ring() -> None:
    """Let a worker see to what is due, if anything is (the clock asks every second)."""
    moment = now()
    is_open = Task.state == "open"
    waiting = or_(
        exists().where(is_open, Task.reminded_at.is_(None), Task.remind_at <= moment),
        exists().where(is_open, Task.told_due_at.is_(None), Task.due_at <= moment),
        exists().where(TaskSeries.ended_at.is_(None), TaskSeries.comes_at <= moment),
    )
    if db.session.scalar(select(waiting)):
        jobs.enqueue(JOB, key=JOB)


@jobs.job(JOB)
def come_due() -> dict[str, Any]:
    """See to everything that is due; commits after each batch."""
    return {"reminded": _all(remind), "due": _all(tell), "made": _all(make)}


def _all(batch: Any) -> int:
    done = 0
    while number := batch():
        db.session.commit()
        done += number
    return done


def remind() -> int:
    """Remind whoever has a task, or wrote it down; returns how many."""
    due = db.session.execute(REMIND, {"now": now(), "batch": BATCH}).all()
    if not due:
        return 0
    for row in due:
        if row.person_id:
            _remind_of(row)
    return len(due)


def _remind_of(row: Row[Any]) -> None:
    key = f"task-reminder:{row.task_id}:{row.remind_at.isoformat()}"
    said, url = f"{row.title} ({in_words(row.due_on, row.due_time)})", f"/tasks/{row.task_id}"
    lines = tuple(line for line in (said, row.details[:2000]) if line)
    mail = Mail(f"Reminder: {row.title}", lines, "Open the task", web.public_url(url))
    notices.notify(row.person_id, key=key, title=f"Reminder: {said}", body=row.details[:200], url=url, mail=mail)


def tell() -> int:
    """Say of tasks that they are late from now on; returns how many."""
    due: Sequence[Any] = db.session.execute(TELL, {"now": now(), "batch": BATCH}).mappings().all()
    told = [(row["task_id"], {name: row[name] for name in row if name != "task_id"}) for row in due]
    events.emit_many("task.due", told, actor=SYSTEM)
    return len(due)


def make() -> int:
    """Make the next task of each series whose newest is over; returns how many series were served."""
    held = db.session.scalars(
        select(TaskSeries)
        .where(TaskSeries.ended_at.is_(None), TaskSeries.comes_at <= now())
        .order_by(TaskSeries.comes_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    latest = _latest_of(held)
    for found in held:
        series.make_next(found, latest.get(found.series_id))
    return len(held)


def _latest_of(held: Sequence[TaskSeries]) -> dict[UUID, Task]:
    """The newest task of each series."""
    query = select(Task).where(one_of(Task.series_id, [found.series_id for found in held])).distinct(Task.series_id)
    found = db.session.scalars(query.order_by(Task.series_id, Task.occurs_at.desc())).all()
    return {task.series_id: task for task in found if task.series_id}
