"""Asking for a copy, making it, and letting it go."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import update

from app.core import jobs
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict
from app.engine.events import actions as events
from app.engine.notices import actions as notices
from app.people.disclosure import document
from app.people.disclosure.models import Disclosure
from app.people.models import Customer

KEPT_DAYS = 7
MAKE_JOB = "people.disclose"


def ask(customer: Customer, *, actor: Actor) -> Disclosure:
    """Have a copy made of all that is kept about a customer; that it was asked for is kept for good.

    Raises: Conflict for an erased customer.
    """
    if customer.is_erased:
        raise Conflict("This customer was erased: nothing is left to copy but the books.")
    asked = Disclosure(person_id=customer.person_id, asked_by=actor.id)
    db.session.add(asked)
    db.session.flush()
    events.emit("customer.disclosed", actor=actor, subject_id=customer.person_id)
    jobs.enqueue(MAKE_JOB, {"disclosure_id": str(asked.disclosure_id)}, lane="bulk", actor_id=actor.id)
    return asked


def make(asked: Disclosure) -> None:
    """Write the copy, once, and tell who asked."""
    customer = db.session.get(Customer, asked.person_id)
    if asked.made_at is not None or customer is None or customer.is_erased:
        return
    moment = now()
    asked.content = document.write(customer, moment)
    asked.made_at, asked.kept_until = moment, moment + timedelta(days=KEPT_DAYS)
    is_own = asked.asked_by == asked.person_id
    if asked.asked_by:
        notices.notify(
            asked.asked_by,
            key=f"disclosure:{asked.disclosure_id}",
            title="Your copy is ready" if is_own else f"The copy for {customer.name} is ready",
            body=f"It can be fetched for {KEPT_DAYS} days.",
            url=address(asked.person_id, is_own=is_own),
        )


def address(person_id: UUID, *, is_own: bool) -> str:
    """The page of somebody's copies: their own, or what staff sees."""
    return "/portal/personal-data" if is_own else f"/customers/{person_id}/personal-data"


def let_go() -> None:
    """Remove copies whose time is over; that they were made stays known."""
    over = update(Disclosure).where(Disclosure.kept_until <= now(), Disclosure.content.is_not(None))
    db.session.execute(over.values(content=None))
    db.session.commit()
