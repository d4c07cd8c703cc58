"""What happens to tasks, as others hear of it. The subject is the task."""

from app.engine.events.catalogue import EventType

ABOUT = {"title": str, "record_kind": str, "record_id": str, "assignee_id": str}
TYPES = (
    EventType("task.added", "Task added", ABOUT, about="task"),
    EventType("task.updated", "Task changed", {**ABOUT, "fields": list}, about="task"),
    EventType("task.done", "Task done", ABOUT, about="task"),
    EventType("task.cancelled", "Task cancelled", ABOUT, about="task"),
    EventType("task.reopened", "Task opened again", ABOUT, about="task"),
    EventType("task.due", "Task came due", ABOUT, about="task"),
)
