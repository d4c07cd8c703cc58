"""Who sets up the phone, and whose calls one sees. Who calls and sees calls at all is for conversations to say."""

from sqlalchemy import ColumnElement, or_, select, true

from app.calls.models import Call
from app.core.access import Actor, Permission
from app.people import access as people
from app.people.models import Customer

PERMISSIONS = (Permission("calls.configure", "Set up the phone"),)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Call` that holds for those with customers this actor may see, or with nobody known."""
    if actor.scope("customers.read") == "all":
        return true()
    seen = select(Customer.person_id).where(people.visible_to(actor))
    return or_(Call.customer_id.is_(None), Call.customer_id.in_(seen))
