"""Who may see and record sales."""

from sqlalchemy import ColumnElement, false, select, true

from app.core.access import Actor, Permission
from app.people.models import Customer, Employee
from app.sales.models import Receipt

PERMISSIONS = (
    Permission("transactions.read", "See sales and refunds", agent="all", manager="all", scoped=True),
    Permission("sales.record", "Record sales", agent="all", manager="all"),
    Permission("sales.price", "Sell at another price than the product’s", manager="all"),
    Permission("sales.refund", "Refund sales", agent="all", manager="all"),
    Permission("receipts.own", "See one’s own receipts in the portal", customer="own", admin=None),
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Receipt` that holds for the receipts this actor may see."""
    if actor.kind == "customer":
        return Receipt.customer_id == actor.id
    scope = actor.scope("transactions.read")
    if scope == "all":
        return true()
    if scope == "own":
        mine = select(Customer.person_id).where(Customer.owner_id == actor.id)
        return Receipt.customer_id.in_(mine) | (Receipt.recorded_by == actor.id)
    if scope == "team":
        team = select(Employee.person_id).where(Employee.department == actor.department)
        ours = select(Customer.person_id).where(Customer.owner_id.in_(team))
        return Receipt.customer_id.in_(ours) | Receipt.recorded_by.in_(team)
    return false()
