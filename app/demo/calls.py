"""The demo company’s phone: who called in the last days, and whom we called."""

from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.calls.actions import hearing
from app.calls.providers.base import Heard
from app.calls.providers.twilio import TWILIO
from app.core.clock import now
from app.core.db import db
from app.people.models import Customer

OURS = "+441132496000"
UNKNOWN = "+441132496017"


class Talk(NamedTuple):
    """A call: when it was, who called whom, how it ended, and how long they talked."""

    hours_ago: int
    is_incoming: bool
    ended: str
    seconds: int = 0


TALKS = (
    Talk(3, True, "completed", 214),
    Talk(5, True, "no-answer"),
    Talk(6, False, "completed", 96),
    Talk(26, False, "busy"),
    Talk(29, True, "completed", 431),
    Talk(50, False, "completed", 58),
    Talk(75, True, "completed", 167),
)


def remember_calls(agent_id: UUID) -> None:
    """Have the provider tell of calls with some customers, and of one with somebody unknown."""
    known = select(Customer).where(Customer.phone_index.is_not(None), Customer.erased_at.is_(None))
    people = db.session.scalars(known.order_by(Customer.person_id.desc()).limit(len(TALKS) - 1)).all()
    for talk, number in zip(TALKS, [UNKNOWN, *(str(one.phone) for one in people)], strict=True):
        _remember(talk, number, agent_id)


def _remember(talk: Talk, number: str, agent_id: UUID) -> None:
    ends = (number, OURS) if talk.is_incoming else (OURS, number)
    first = Heard(f"demo-{talk.hours_ago}", "in-progress", talk.is_incoming, *ends)
    call = hearing.hear(TWILIO.key, first)
    call.started_at = now() - timedelta(hours=talk.hours_ago)
    call.ended_at = call.started_at + timedelta(seconds=talk.seconds)
    call.employee_id = agent_id if talk.seconds or not talk.is_incoming else None
    hearing.hear(TWILIO.key, replace(first, state=talk.ended, duration_seconds=talk.seconds))
