"""What segments plug into."""

from typing import Any

from flask import Flask

from app.core import access, layout
from app.core.access import Actor
from app.engine.changes import tables
from app.engine.events import catalogue
from app.engine.filters.fields import Membership, Use
from app.engine.records import pages
from app.engine.schedules import catalogue as schedulables
from app.engine.views import columns
from app.people.filters import CUSTOMERS
from app.people.models import Customer
from app.segments import actions, bulk, disclosed, jobs, queries
from app.segments.access import PERMISSIONS
from app.segments.events import TYPES
from app.segments.routes import bp


def add(app: Flask) -> None:
    """Add the pages, and let filters ask who is in a segment."""
    access.declare(*PERMISSIONS)
    disclosed.add()
    catalogue.declare(*TYPES)
    schedulables.declare(jobs.REFRESH)
    jobs.listen()
    CUSTOMERS.add_membership(Membership(actions.MEMBERSHIP, "Segment", queries.members_of, queries.choices))
    CUSTOMERS.add_use(Use("Save as a segment", "/segments/new", "segments.edit"))
    app.register_blueprint(bp)
    layout.add_nav(layout.NavItem("Segments", "/segments", "target", "segments.read", "Day", 35))
    columns.add_action("/customers", bulk.TO_SEGMENT)
    tables.after_undo("segment_members", bulk.count_anew)
    tables.after_undo("segments", jobs.refresh_undone)
    pages.add_panel(
        "customer",
        pages.Panel("segments", "Segments", "segments.read", "segments/_of_customer.html", _of_customer, position=60),
    )


def _of_customer(actor: Actor, customer: Customer) -> dict[str, Any]:
    standings = queries.list_standings(customer.person_id)
    return {
        "customer_id": customer.person_id,
        "inside": [one for one in standings if one.since],
        "others": [one for one in standings if not one.since] if not customer.is_erased else [],
        "can_edit": actor.can("segments.edit"),
    }
