"""003-43: whoever registers is welcomed once, after that was committed, by the first channel open to them."""

from sqlalchemy import select

from app.core.access import SYSTEM
from app.engine.notices.models import Notice
from app.people import actions as people
from app.people.actions import CustomerDetails
from app.reach.models import Delivery
from tests.reach.cast import launch, make_task, write

WELCOME = {
    "email": {"en": {"subject": "Welcome", "body": "Hello {customer.first_name}"}},
    "in_app": {"en": {"title": "Welcome"}},
}


def register(email: str | None):
    return people.register_customer(CustomerDetails(first_name="Ada", last_name="Byron", email=email), actor=SYSTEM)


def channels(db) -> list[str]:
    return sorted(db.scalars(select(Delivery.channel).where(Delivery.reason.is_(None))))


def test_who_registers_is_welcomed_once_by_the_preferred_channel(db, work, mailbox):
    launch(make_task(write(WELCOME), "email", "in_app", timing="event", event_type="customer.registered"))
    register("ada@example.com")
    register(None)
    db.commit()
    work()
    work()
    assert channels(db) == ["email", "in_app"]
    assert [letter.title for letter in db.scalars(select(Notice))] == ["Welcome"]


def test_nobody_is_welcomed_who_was_not_registered_after_all(db, work):
    launch(make_task(write(WELCOME), "in_app", timing="event", event_type="customer.registered"))
    register("ada@example.com")
    db.rollback()
    work()
    assert channels(db) == []
