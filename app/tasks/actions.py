"""What is done to tasks."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.core import edits
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, is_storable
from app.core.errors import Invalid
from app.engine.events import actions as events
from app.engine.notices import actions as notices
from app.engine.records import kinds as records
from app.engine.schedules import due_times
from app.people.models import Employee
from app.tasks import series
from app.tasks.models import KINDS, PRIORITIES, Task
from app.tasks.moments import Due
from app.tasks.series import Repeat

LONGEST_TITLE = 300
LONGEST_DETAILS = 10_000
LONGEST_REMINDER = 60 * 24 * 60
LABELS = {
    "title": "Title",
    "details": "Details",
    "kind": "Kind",
    "priority": "Priority",
    "assignee_id": "For",
    "due": "Due",
    "remind_minutes": "Reminder",
    "repeat": "Repeats",
}


@dataclass(frozen=True)
class TaskDetails:
    """All that people decide about a task. `repeat` needs a `due` to begin with."""

    title: str
    details: str = ""
    kind: str = "todo"
    priority: str = "normal"
    assignee_id: UUID | None = None
    due: Due | None = None
    remind_minutes: int | None = None
    repeat: Repeat | None = None


FIELDS = tuple(TaskDetails.__dataclass_fields__)


def details_of(task: Task) -> TaskDetails:
    """What is decided about a task now."""
    return TaskDetails(
        task.title,
        task.details,
        task.kind,
        task.priority,
        task.assignee_id,
        task.due,
        task.remind_minutes,
        series.repeat_of(task),
    )


def add_task(details: TaskDetails, *, zone: str, record: tuple[str, UUID] | None = None, actor: Actor) -> Task:
    """Write down something to do, about a record or about none. Raises: Invalid; NotFound for a record out of sight."""
    _check(details)
    if record is not None:
        records.get_record(actor, *record)
    kind, record_id = record or (None, None)
    task = Task(record_kind=kind, record_id=record_id, created_by=actor.id, time_zone=zone)
    _set(task, details)
    db.session.add(task)
    db.session.flush()
    if details.repeat is not None:
        series.begin(task, details.repeat)
    events.emit("task.added", actor=actor, subject_id=task.task_id, **facts_of(task))
    _tell_assignee(task, actor=actor)
    return task


def edit_task(task: Task, details: TaskDetails, *, actor: Actor, seen: TaskDetails | None = None) -> list[str]:
    """Change what is decided; returns the names of what really changed.

    `seen` holds what the editor started from. Raises: Invalid; Conflict with both values of a field that
    somebody else changed meanwhile.
    """
    present = details_of(task)
    wanted = details if seen is None else _merged(present, seen, details)
    _check(wanted)
    changed = [name for name in FIELDS if getattr(wanted, name) != getattr(present, name)]
    if not changed:
        return []
    _set(task, wanted)
    if "repeat" in changed:
        series.change(task, wanted.repeat)
    db.session.flush()
    events.emit("task.updated", actor=actor, subject_id=task.task_id, fields=changed, **facts_of(task))
    if "assignee_id" in changed:
        _tell_assignee(task, actor=actor)
    return changed


def move_task(task: Task, due: Due | None, *, actor: Actor) -> None:
    """Let a task be due at another time; its reminder comes as long before as it did."""
    edit_task(task, replace(details_of(task), due=due), actor=actor)


def complete_task(task: Task, *, actor: Actor) -> None:
    """Say that it is done; of a series, the next one comes. A second time changes nothing."""
    _end(task, "done", actor=actor)


def cancel_task(task: Task, *, actor: Actor) -> None:
    """Say that it need not be done any more; of a series, the next one comes."""
    _end(task, "cancelled", actor=actor)


def reopen_task(task: Task, *, actor: Actor) -> None:
    """Say that it is still to be done."""
    db.session.refresh(task, with_for_update=True)
    if task.is_open:
        return
    task.state, task.done_at, task.done_by = "open", None, None
    db.session.flush()
    events.emit("task.reopened", actor=actor, subject_id=task.task_id, **facts_of(task))


def _end(task: Task, state: str, *, actor: Actor) -> None:
    db.session.refresh(task, with_for_update=True)
    if not task.is_open:
        return
    task.state, task.done_at, task.done_by = state, now(), actor.id
    db.session.flush()
    events.emit(f"task.{state}", actor=actor, subject_id=task.task_id, **facts_of(task))
    series.go_on(task)


def facts_of(task: Task) -> dict[str, Any]:
    """What every event of a task tells."""
    return {
        "title": task.title,
        "record_kind": task.record_kind or "",
        "record_id": str(task.record_id or ""),
        "assignee_id": str(task.assignee_id or ""),
    }


def _set(task: Task, details: TaskDetails) -> None:
    task.title, task.details = details.title, details.details
    task.kind, task.priority, task.assignee_id = details.kind, details.priority, details.assignee_id
    if (task.due, task.remind_minutes) != (details.due, details.remind_minutes) or task.task_id is None:
        set_due(task, details.due, details.remind_minutes)


def set_due(task: Task, due: Due | None, remind_minutes: int | None) -> None:
    """Let it be due then, and be reminded so long before; what was told of its old time counts no more."""
    task.remind_minutes = remind_minutes
    task.due_on, task.due_time = (due.on, due.at) if due else (None, None)
    task.time_zone = due.zone if due else task.time_zone
    task.due_at = due.is_over_at if due else None
    is_to_come = task.due_at is not None and task.due_at > now()
    task.remind_at = due.reminder(remind_minutes) if due and is_to_come and remind_minutes is not None else None
    task.reminded_at = task.told_due_at = None


def _merged(present: TaskDetails, seen: TaskDetails, details: TaskDetails) -> TaskDetails:
    """What the editor changed, laid over what there is now. Raises: Clash where both changed the same."""
    changed = edits.merge(
        _fields(details), present=_fields(present), seen=_fields(seen), label=LABELS.__getitem__, words=_in_words
    )
    return replace(present, **changed)


def _fields(details: TaskDetails) -> dict[str, Any]:
    return {name: getattr(details, name) for name in FIELDS}


def _in_words(_name: str, value: Any) -> str:
    if isinstance(value, UUID):
        employee = db.session.get(Employee, value)
        return employee.name if employee else "Somebody"
    return "–" if value in (None, "") else str(value)


def _check(details: TaskDetails) -> None:
    errors: dict[str, list[str]] = {}
    if not details.title or len(details.title) > LONGEST_TITLE or not is_storable(details.title):
        errors["title"] = [f"Say what is to be done, in at most {LONGEST_TITLE} characters."]
    if len(details.details) > LONGEST_DETAILS or not is_storable(details.details):
        errors["details"] = [f"Use at most {LONGEST_DETAILS:,} characters."]
    if details.kind not in KINDS:
        errors["kind"] = ["Choose from what is offered."]
    if details.priority not in PRIORITIES:
        errors["priority"] = ["Choose from what is offered."]
    errors |= _errors_of_time(details)
    if details.assignee_id is not None and not _works_here(details.assignee_id):
        errors["assignee_id"] = ["Choose somebody who works here."]
    if errors:
        raise Invalid(errors=errors)


def _errors_of_time(details: TaskDetails) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    due = details.due
    if due is not None and due.zone not in due_times.zones():
        errors["time_zone"] = ["There is no such time zone. Use a name such as Europe/London."]
    elif due is not None and not due_times.EARLIEST.year < due.on.year < due_times.LATEST.year:
        errors["due_on"] = ["Choose a day of this century."]
    if due is None and (details.remind_minutes is not None or details.repeat is not None):
        errors["due_on"] = ["Say when it is due first: a reminder and a repetition count from there."]
    if details.remind_minutes is not None and not 0 <= details.remind_minutes <= LONGEST_REMINDER:
        errors["remind_minutes"] = ["A reminder comes 60 days before at most."]
    if due is not None and details.repeat is not None and not errors:
        errors |= series.errors_of(details.repeat, due)
    return errors


def _works_here(person_id: UUID) -> bool:
    employee = db.session.get(Employee, person_id)
    return employee is not None and employee.is_active


def _tell_assignee(task: Task, *, actor: Actor) -> None:
    if task.assignee_id is None or task.assignee_id == actor.id:
        return
    notices.notify(
        task.assignee_id,
        key=f"task:{task.task_id}:{task.assignee_id}",
        title=f"{actor.name} gave you a task: {task.title}"[:LONGEST_TITLE],
        url=f"/tasks/{task.task_id}",
    )
