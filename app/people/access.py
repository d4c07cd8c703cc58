"""Who may see and change whom."""

from sqlalchemy import ColumnElement, false, select, true

from app.core.access import Actor, Permission
from app.people.models import Customer, Employee

PERMISSIONS = (
    Permission("customers.read", "See customers", agent="all", manager="all", scoped=True),
    Permission("customers.edit", "Add and change customers", agent="all", manager="all"),
    Permission("customers.history", "Filter customers by what happened", agent="all", manager="all"),
    Permission("pii.read", "See contact details in full", agent="all", manager="all"),
    Permission("pii.reveal", "Have one customer’s hidden contact details shown", agent="all", manager="all"),
    Permission("customers.disclose", "Have copies made of all that is kept about a customer", manager="all"),
    Permission("customers.erase", "Erase customers", manager="all"),
    Permission("staff.read", "See staff", manager="all"),
    Permission("staff.edit", "Register and change staff"),
    Permission("profile.edit", "Change one’s own profile", customer="own", agent="own", manager="own", admin="own"),
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Customer` that holds for the customers this actor may see."""
    scope = actor.scope("customers.read")
    if scope == "all":
        return true()
    if scope == "own":
        return Customer.owner_id == actor.id
    if scope == "team":
        team = select(Employee.person_id).where(Employee.department == actor.department)
        return Customer.owner_id.in_(team)
    if actor.kind == "customer":
        return Customer.person_id == actor.id
    return false()
