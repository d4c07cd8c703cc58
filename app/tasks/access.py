"""Who may see and do which tasks."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, select, true

from app.core.access import Actor, Permission
from app.people.models import Employee
from app.tasks.models import Task

PERMISSIONS = (
    Permission("tasks.read", "See tasks", agent="all", manager="all", scoped=True),
    Permission("tasks.edit", "Add, change and do tasks", agent="all", manager="all"),
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Task` that holds for the tasks this actor may see: their own in any case."""
    scope = actor.scope("tasks.read")
    if scope == "all":
        return true()
    if scope is None:
        return false()
    own = (Task.assignee_id == actor.id) | (Task.created_by == actor.id)
    return own | Task.assignee_id.in_(team_of(actor)) if scope == "team" else own


def team_of(actor: Actor) -> Select[UUID]:
    """Whoever works in the actor's department."""
    return select(Employee.person_id).where(Employee.department == actor.department)
