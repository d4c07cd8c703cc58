"""Who may see and change orders."""

from sqlalchemy import ColumnElement

from app.core.access import Actor, Permission
from app.orders.models import Order
from app.payments.access import of_customers_in_reach

PERMISSIONS = (
    Permission("shop.buy", "Buy in the portal", customer="own", admin=None),
    Permission("orders.read", "See orders", agent="all", manager="all", scoped=True),
    Permission("orders.edit", "Fulfil and cancel orders", agent="all", manager="all"),
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Order` that holds for the orders this actor may see."""
    return of_customers_in_reach(actor, "orders.read", Order.customer_id)


def may_cancel(actor: Actor, order: Order) -> bool:
    """Staff may until it is paid; customers may take their own order back as long as nothing was paid."""
    if order.state != "placed":
        return False
    if actor.kind == "customer":
        return order.customer_id == actor.id and not order.paid_minor and order.fulfilled_at is None
    return actor.can("orders.edit")
