"""Who may see and move which deals."""

from sqlalchemy import ColumnElement, false, select, true

from app.core.access import Actor, Permission
from app.deals.models import Deal
from app.people.models import Employee

PERMISSIONS = (
    Permission("deals.read", "See deals", agent="all", manager="all", scoped=True),
    Permission("deals.edit", "Add, change and close deals", agent="all", manager="all"),
    Permission("deals.arrange", "Change pipelines, stages and reasons for losing", manager="all"),
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Deal` that holds for the deals this actor may see."""
    scope = actor.scope("deals.read")
    if scope == "all":
        return true()
    if scope == "own":
        return Deal.owner_id == actor.id
    if scope == "team":
        team = select(Employee.person_id).where(Employee.department == actor.department)
        return Deal.owner_id.in_(team)
    return false()
