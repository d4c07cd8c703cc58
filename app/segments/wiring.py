"""What segments plug into."""

from flask import Flask

from app.core import access, layout
from app.engine.events import catalogue
from app.engine.filters.fields import Membership, Use
from app.engine.schedules import catalogue as schedulables
from app.people.filters import CUSTOMERS
from app.segments import jobs, queries
from app.segments.access import PERMISSIONS
from app.segments.events import TYPES
from app.segments.routes import bp


def add(app: Flask) -> None:
    """Add the pages, and let filters ask who is in a segment."""
    access.declare(*PERMISSIONS)
    catalogue.declare(*TYPES)
    schedulables.declare(jobs.REFRESH)
    CUSTOMERS.add_membership(Membership("segment", "Segment", queries.members_of, queries.choices))
    CUSTOMERS.uses.append(Use("Save as a segment", "/segments/new", "segments.edit"))
    app.register_blueprint(bp)
    layout.add_nav(layout.NavItem("Segments", "/segments", "users-group", "segments.read", "Day", 35))
