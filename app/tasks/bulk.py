"""What can be done to many tasks at once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Uuid, func, literal, select, update
from sqlalchemy.orm import InstrumentedAttribute

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, new_id, one_of
from app.core.errors import Invalid
from app.engine.bulk.columns import set_column
from app.engine.bulk.kinds import BulkAction, BulkField, Choices, Outcome, Work, edit_action
from app.engine.events import actions as events
from app.engine.notices import actions as notices
from app.people import bulk as people
from app.tasks import queries, series
from app.tasks.access import visible_to
from app.tasks.actions import LABELS, facts_of
from app.tasks.filters import PRIORITY_LABELS
from app.tasks.models import Task
from app.tasks.moments import Due

PATH = "/tasks"
FRESH = {"synchronize_session": False, "populate_existing": True}


def present(work: Work) -> Collection[UUID]:
    """Those of some tasks that the actor may see, held until the end."""
    query = select(Task.task_id).where(one_of(Task.task_id, work.ids), visible_to(work.actor))
    return db.session.scalars(query.order_by(Task.task_id).with_for_update()).all()


def _write(work: Work, column: InstrumentedAttribute[Any], value: Any) -> Sequence[Task]:
    ids = set_column(work, column, value)
    changed = db.session.scalars(
        select(Task).where(one_of(Task.task_id, ids)).execution_options(populate_existing=True)
    ).all()
    _tell(work, changed, column.key)
    return changed


def _tell(work: Work, changed: Sequence[Task], field: str) -> None:
    if not work.is_many:
        told = [(task.task_id, {"fields": [field], **facts_of(task)}) for task in changed]
        events.emit_many("task.updated", told, actor=work.actor)


def _write_assignee(work: Work, value: Any) -> Collection[UUID]:
    """Give tasks to somebody, who is told of all of them at once."""
    assignee_id = UUID(value) if value else None
    changed = _write(work, Task.assignee_id, assignee_id)
    if changed and assignee_id not in (None, work.actor.id):
        many = f"{len(changed):,} tasks" if len(changed) > 1 else f"a task: {changed[0].title}"
        url = PATH if len(changed) > 1 else f"{PATH}/{changed[0].task_id}"
        title = f"{work.actor.name} gave you {many}"[:300]
        notices.notify(assignee_id, key=f"tasks:{new_id()}", title=title, url=url)
    return [task.task_id for task in changed]


def _write_priority(work: Work, value: Any) -> Collection[UUID]:
    return [task.task_id for task in _write(work, Task.priority, value)]


def _write_day(work: Work, value: Any) -> Collection[UUID]:
    """Let open tasks be due on another day, at the time they were; reminders come as long before as they did."""
    on = date.fromisoformat(value)
    held = (Task.task_id, Task.due_time, Task.time_zone, Task.remind_minutes)
    moving = (one_of(Task.task_id, work.ids), Task.state == "open", Task.due_on.is_distinct_from(on))
    rows = db.session.execute(select(*held).where(*moving)).all()
    dues = [Due(on, row.due_time, row.time_zone) for row in rows]
    reminders = [_reminder(due, row.remind_minutes) for due, row in zip(dues, rows, strict=True)]
    each = func.unnest(
        literal([row.task_id for row in rows], ARRAY(Uuid)),
        literal([due.is_over_at for due in dues], ARRAY(DateTime(timezone=True))),
        literal(reminders, ARRAY(DateTime(timezone=True))),
    )
    new = each.table_valued(
        Column("task_id", Uuid), Column("due_at", DateTime(timezone=True)), Column("remind_at", DateTime(timezone=True))
    ).render_derived(name="new")
    values = {
        "due_on": on,
        "due_at": new.c.due_at,
        "remind_at": new.c.remind_at,
        "reminded_at": None,
        "told_due_at": None,
        "version": Task.version + 1,
    }
    statement = update(Task).where(Task.task_id == new.c.task_id).values(values).returning(Task)
    changed = db.session.scalars(statement.execution_options(**FRESH)).all()
    _tell(work, changed, "due")
    return [task.task_id for task in changed]


def _reminder(due: Due, minutes: int | None) -> datetime | None:
    return due.reminder(minutes) if minutes is not None and due.is_over_at > now() else None


def _read_day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Invalid("Choose a day.") from None


def _read_priority(text: str) -> str:
    if text not in PRIORITY_LABELS:
        raise Invalid("Choose from what is offered.")
    return text


def _assignees(_actor: Actor) -> Choices:
    return [("", "Nobody"), *((str(person_id), name) for person_id, name in queries.list_assignees())]


FIELDS = (
    BulkField("assignee_id", "Whom they are for", people.read_owner, _write_assignee, _assignees),
    BulkField("due_on", "The day they are due", _read_day, _write_day, input_type="date", can_be_empty=False),
    BulkField(
        "priority",
        LABELS["priority"],
        _read_priority,
        _write_priority,
        lambda _actor: list(PRIORITY_LABELS.items()),
    ),
)
EDIT = edit_action(PATH, permission="tasks.edit", present=present)


def _end(work: Work, state: str) -> Mapping[UUID, Outcome]:
    """End the open ones of some tasks; of a repetition, the next one comes."""
    there = present(work)
    statement = (
        update(Task)
        .where(one_of(Task.task_id, there), Task.state == "open")
        .values(state=state, done_at=now(), done_by=work.actor.id, version=Task.version + 1)
        .returning(Task)
    )
    ended = db.session.scalars(statement.execution_options(**FRESH)).all()
    if not work.is_many:
        events.emit_many(f"task.{state}", [(one.task_id, facts_of(one)) for one in ended], actor=work.actor)
    for task in ended:
        series.go_on(task)
    return work.others([one.task_id for one in ended], there)


DONE = BulkAction(
    key="done",
    label="Complete",
    permission="tasks.edit",
    icon="check",
    position=5,
    says=lambda _args, rows: f"Completed {rows}",
    run=lambda work: _end(work, "done"),
)
CANCEL = BulkAction(
    key="cancel",
    label="Drop",
    permission="tasks.edit",
    icon="x",
    position=20,
    says=lambda _args, rows: f"Dropped {rows}",
    run=lambda work: _end(work, "cancelled"),
)
