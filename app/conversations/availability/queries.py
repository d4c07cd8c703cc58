"""Reading availability."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, func, select

from app.conversations.availability.models import Availability
from app.core import metrics
from app.core.db import db
from app.people.models import Employee

STATES = {"available": "Available", "busy": "Busy", "away": "Away"}
TONES = {"available": "good", "busy": "wait", "away": "off"}
USUAL = "available"

_present = select(Availability.state).where(
    Availability.person_id == bindparam("person_id", type_=Uuid()), Availability.ended_at.is_(None)
)
STATE: ColumnElement[str] = func.coalesce(_present.scalar_subquery(), USUAL)
"""How the person `:person_id` can be reached now."""


@dataclass(frozen=True)
class Reachable:
    """How somebody can be reached; `since` is None where they never said."""

    person_id: UUID
    name: str
    state: str
    since: datetime | None


def list_reachable() -> list[Reachable]:
    """How everybody who works here can be reached, by name."""
    said = (Availability.person_id == Employee.person_id) & Availability.ended_at.is_(None)
    state = func.coalesce(Availability.state, USUAL)
    query = select(Employee.person_id, Employee.name.label("name"), state, Availability.began_at)
    query = query.outerjoin(Availability, said).order_by("name", Employee.person_id)
    active = (Employee.deactivated_at.is_(None), Employee.erased_at.is_(None))
    return [Reachable(*row) for row in db.session.execute(query.where(*active))]


def list_unavailable() -> dict[UUID, str]:
    """Who is busy or away now, by person."""
    present = select(Availability.person_id, Availability.state)
    present = present.where(Availability.ended_at.is_(None), Availability.state != USUAL)
    return {person_id: state for person_id, state in db.session.execute(present)}


@metrics.collector
def _how_many() -> Iterable[tuple[str, str, dict[str, str], float]]:
    present = select(Availability.state, func.count()).where(Availability.ended_at.is_(None))
    for state, number in db.session.execute(present.group_by(Availability.state)):
        yield "rapport_employees_saying", "Employees by what they say of themselves", {"state": state}, number
