"""What the list of tasks shows."""

from typing import Any

from sqlalchemy import Select
from werkzeug.datastructures import MultiDict

from app.core.access import Actor
from app.engine.views.columns import Column, Face, Listing, read_layout
from app.tasks import forms, queries
from app.tasks.filters import KIND_LABELS, PRIORITY_LABELS, STATE_LABELS
from app.tasks.models import Task
from app.tasks.moments import in_words
from app.tasks.queries import TaskRow

STATE_TONES = {"open": "info", "done": "good", "cancelled": "off"}


def state_of(task: Task) -> tuple[str, str]:
    """How a task stands, in a word and a tone."""
    return ("Late", "bad") if task.is_late else (STATE_LABELS[task.state], STATE_TONES[task.state])


def _due(row: TaskRow) -> str | None:
    return in_words(row.task.due_on, row.task.due_time) if row.task.due_on else None


def _about(row: TaskRow) -> tuple[str, str] | None:
    return (row.record.name, row.record.href) if row.record else None


def _rows(actor: Actor, values: MultiDict[str, str]) -> Select[Any]:
    layout = read_layout("/tasks", values, actor)
    return queries.select_tasks(actor, forms.read_filter(values), sort=layout.sort, group=layout.group_key)


TASKS = Listing(
    "/tasks",
    "tasks.read",
    lambda row: row.task.task_id,
    sort="due",
    nouns=("task", "tasks"),
    kind="task",
    rows=_rows,
    rows_of=queries.with_records,
    id_column=Task.task_id,
)
COLUMNS = (
    Column(
        "title",
        "Task",
        "title",
        lambda row: Face(row.task.title, f"/tasks/{row.task.task_id}", KIND_LABELS[row.task.kind]),
        sort="title",
    ),
    Column("due", "Due", "text", _due, is_usual=True, sort="due", sort_words=("soonest first", "latest first")),
    Column("about", "About", "link", _about, is_usual=True),
    Column("assignee", "For", "text", lambda row: row.assignee, is_usual=True),
    Column("state", "State", "state", lambda row: state_of(row.task), is_usual=True, group=lambda row: row.task.state),
    Column(
        "priority",
        "Priority",
        "text",
        lambda row: PRIORITY_LABELS[row.task.priority],
        group=lambda row: row.task.priority,
    ),
    Column("kind", "Kind", "text", lambda row: KIND_LABELS[row.task.kind], group=lambda row: row.task.kind),
    Column("details", "Details", "words", lambda row: row.task.details),
    Column("created", "Added", "when", lambda row: row.task.created_at, sort="created", falls=True),
    Column("done", "Done", "when", lambda row: row.task.done_at, sort="done", falls=True),
)
