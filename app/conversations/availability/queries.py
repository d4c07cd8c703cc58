"""Reading availability."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.conversations.availability.models import Availability
from app.core import metrics
from app.core.db import db
from app.core.redis import cached
from app.people.models import Employee

STATES = {"available": "Available", "busy": "Busy", "away": "Away"}
TONES = {"available": "good", "busy": "wait", "away": "off"}
USUAL = "available"
KEPT_SECONDS = 300


def kept_as(person_id: UUID | None) -> str:
    """Where a person's state is kept for the frame of every page."""
    return f"availability:{person_id}"


def state_of(person_id: UUID | None) -> str:
    """How a person can be reached now."""
    return str(cached(kept_as(person_id), KEPT_SECONDS, lambda: _read(person_id)))


def _read(person_id: UUID | None) -> str:
    present = select(Availability.state).where(Availability.person_id == person_id, Availability.ended_at.is_(None))
    return db.session.scalar(present) or USUAL


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
