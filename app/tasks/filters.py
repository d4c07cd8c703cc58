"""What can be asked about tasks."""

from sqlalchemy import and_, func

from app.engine.filters.fields import Entity, Field, by_key
from app.engine.records.kinds import KINDS as RECORD_KINDS
from app.people.queries import list_owners
from app.tasks.access import visible_to
from app.tasks.models import Task

KIND_LABELS = {"todo": "To do", "call": "Call", "mail": "Mail", "meeting": "Meeting"}
PRIORITY_LABELS = {"low": "Low", "normal": "Normal", "high": "High"}
STATE_LABELS = {"open": "Open", "done": "Done", "cancelled": "Cancelled"}


def _people() -> list[tuple[str, str]]:
    return [(str(one.person_id), one.name) for one in list_owners()]


def _records() -> list[tuple[str, str]]:
    return [(kind.key, kind.label) for kind in RECORD_KINDS.values() if kind.key != "task"]


TASKS = Entity(
    "task",
    "Tasks",
    Task.task_id,
    Task.title,
    "/tasks",
    permission="tasks.read",
    visible=visible_to,
    fields=by_key(
        Field("title", "Title", "text", Task.title),
        Field("kind", "Kind", "choice", Task.kind, lambda: list(KIND_LABELS.items())),
        Field("priority", "Priority", "choice", Task.priority, lambda: list(PRIORITY_LABELS.items())),
        Field("state", "State", "choice", Task.state, lambda: list(STATE_LABELS.items())),
        Field("assignee", "For", "identity", Task.assignee_id, _people),
        Field("due", "Due", "moment", Task.due_at),
        Field("late", "Late", "yes", func.coalesce(and_(Task.state == "open", Task.due_at <= func.now()), False)),
        Field("about", "About", "choice", Task.record_kind, _records),
        Field("created", "Added", "moment", Task.created_at),
        Field("by", "Added by", "identity", Task.created_by, _people),
        Field("done", "Done", "moment", Task.done_at),
        Field("repeated", "Comes again", "yes", Task.series_id.is_not(None)),
    ),
)
