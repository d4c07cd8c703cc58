"""Who may see and issue invoices."""

from sqlalchemy import ColumnElement

from app.core.access import Actor, Permission
from app.invoices.models import Invoice
from app.payments.access import of_customers_in_reach

PERMISSIONS = (
    Permission("invoices.read", "See invoices", agent="all", manager="all", scoped=True),
    Permission("invoices.issue", "Issue invoices", agent="all", manager="all"),
    Permission("invoices.configure", "Decide about invoices and reminders", manager="all"),
    Permission("invoices.own", "See one’s own invoices in the portal", customer="own", admin=None),
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Invoice` that holds for the invoices this actor may see."""
    return of_customers_in_reach(actor, "invoices.read", Invoice.customer_id)
