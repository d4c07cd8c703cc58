"""What availability plugs into."""

from flask import Flask

from app.conversations.availability import queries
from app.conversations.availability.routes import bp
from app.core import layout
from app.engine.events import catalogue
from app.engine.events.catalogue import EventType
from app.people.disclosure.parts import leave_out


def add(app: Flask) -> None:
    """Add the switch in everybody's own menu."""
    catalogue.declare(EventType("employee.availability_changed", "Said how they can be reached", {"state": str}))
    leave_out("when staff were available", "employee_availability")
    app.register_blueprint(bp)
    layout.add_own_part(layout.OwnPart("availability/_own.html", "conversations.answer", queries.STATE, _own))


def _own(state: str) -> dict[str, object]:
    return {"state": state, "states": queries.STATES, "tones": queries.TONES}
