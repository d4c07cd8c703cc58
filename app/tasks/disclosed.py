"""What a copy for a customer says of tasks about them."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.people.disclosure.parts import Part, add_part, leave_out
from app.tasks.models import Task


def add() -> None:
    """Speak for the tables of tasks."""
    add_part(Part("tasks", "Tasks about you", ("tasks",), _tasks))
    leave_out("rules and addresses of staff", "task_series", "calendar_feeds")


def _tasks(customer_id: UUID) -> Select[*tuple[Any, ...]]:
    query = select(
        Task.created_at.label("at"),
        Task.title,
        Task.details,
        Task.state,
        Task.due_at.label("due"),
        Task.done_at.label("done at"),
    )
    return query.where(Task.record_kind == "customer", Task.record_id == customer_id).order_by(Task.created_at)
