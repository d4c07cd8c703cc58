"""Who may see, take and give back money."""

from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import InstrumentedAttribute

from app.core.access import Actor, Permission
from app.payments.models import Payment
from app.people.models import Customer, Employee

PERMISSIONS = (
    Permission("payments.read", "See payments", agent="all", manager="all", scoped=True),
    Permission("payments.own", "See one’s own payments in the portal", customer="own", admin=None),
    Permission("payments.take", "Take payments", agent="all", manager="all"),
    Permission("payments.configure", "Decide how customers can pay"),
)


def of_customers_in_reach(actor: Actor, key: str, customer_id: InstrumentedAttribute[object]) -> ColumnElement[bool]:
    """The condition that a row's customer is one this permission reaches, or the actor themself."""
    if actor.kind == "customer":
        return customer_id == actor.id
    scope = actor.scope(key)
    if scope == "all":
        return true()
    if scope == "own":
        return customer_id.in_(select(Customer.person_id).where(Customer.owner_id == actor.id))
    if scope == "team":
        team = select(Employee.person_id).where(Employee.department == actor.department)
        return customer_id.in_(select(Customer.person_id).where(Customer.owner_id.in_(team)))
    return false()


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Payment` that holds for the payments this actor may see."""
    return of_customers_in_reach(actor, "payments.read", Payment.customer_id)
