"""Saying how one can be reached."""

from sqlalchemy import select, text, update

from app.conversations.availability.models import Availability
from app.conversations.availability.queries import STATES, USUAL
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import Invalid, NotAllowed
from app.engine.events import actions as events

ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:who, 7))")


def set_state(state: str, *, actor: Actor) -> None:
    """Say how one can be reached from now on. The same again changes nothing.

    Raises: NotAllowed for customers; Invalid for another word.
    """
    if not actor.is_staff or actor.id is None:
        raise NotAllowed("Only employees say how they can be reached.")
    if state not in STATES:
        raise Invalid(errors={"state": ["Choose one of: " + ", ".join(STATES) + "."]})
    db.session.execute(ONE_AT_A_TIME, {"who": str(actor.id)})
    current = (Availability.person_id == actor.id, Availability.ended_at.is_(None))
    if (db.session.scalar(select(Availability.state).where(*current)) or USUAL) == state:
        return
    moment = now()
    db.session.execute(update(Availability).where(*current).values(ended_at=moment))
    db.session.add(Availability(person_id=actor.id, state=state, began_at=moment))
    db.session.flush()
    events.emit("employee.availability_changed", actor=actor, subject_id=actor.id, state=state)
