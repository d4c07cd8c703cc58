"""000-19 and 001-12: what happens is answered once. 000-18 and 001-11: or later, if it is still true by then."""

from datetime import timedelta

from sqlalchemy import func, select, text

from app.core.access import SYSTEM
from app.core.clock import now
from app.engine.events import actions as events
from app.engine.events.models import Event
from app.engine.notices.models import Notice
from app.reach import triggers
from app.reach.models import Trigger
from app.sales import actions
from tests.factories import make_customer, make_product
from tests.reach.cast import launch, make_task, reasons, write

THANKS = {"in_app": {"en": {"title": "Thank you, {customer.first_name}", "body": "", "url": ""}}}


def letters(db) -> list[str]:
    return list(db.scalars(select(Notice.title).where(Notice.key.like("r%-in_app"))))


def test_a_purchase_is_answered_once_and_the_same_event_again_by_nothing(db, work):
    carla = make_customer(first_name="Carla")
    launch(make_task(write(THANKS, lane="critical"), timing="event", event_type="purchase.completed"))
    work()
    actions.record_sale(carla, [actions.SaleLine(make_product().product_id)], actor=SYSTEM)
    db.commit()
    work()
    assert letters(db) == ["Thank you, Carla"]
    bought = db.scalars(select(Event).where(Event.type == "purchase.completed")).one()
    triggers.answer(bought.type, bought.uid, carla.person_id, bought.occurred_at, bought.payload)
    db.commit()
    work()
    assert letters(db) == ["Thank you, Carla"]


def test_what_happened_before_the_launch_is_not_answered(db, work):
    actions.record_sale(make_customer(), [actions.SaleLine(make_product().product_id)], actor=SYSTEM)
    db.commit()
    work()
    launch(make_task(write(THANKS), timing="event", event_type="purchase.completed"))
    work()
    assert letters(db) == []


def test_half_an_hour_after_signing_up_and_not_before_and_only_who_is_still_there(db, work):
    here = {"f": "country", "op": "in", "v": ["Norway"]}
    welcome = {"timing": "event", "event_type": "customer.updated", "delay_minutes": 30, "still_true": here}
    launch(make_task(write(THANKS), **welcome))
    stays, moves = (make_customer(first_name=name, country="Norway") for name in ("Stays", "Moves"))
    for one in (stays, moves):
        events.emit("customer.updated", actor=SYSTEM, subject_id=one.person_id, fields=["country"])
    db.commit()
    work()
    due = db.scalars(select(Trigger.due_at)).all()
    assert letters(db) == []
    assert all(timedelta(minutes=29) < moment - now() <= timedelta(minutes=30) for moment in due)
    moves.country = "Spain"
    db.execute(text("UPDATE reach_triggers SET due_at = now()"))
    db.commit()
    work()
    assert letters(db) == ["Thank you, Stays"]
    assert reasons() == {None: 1, "no_longer": 1}
    work()
    assert db.scalar(select(func.count()).select_from(Notice).where(Notice.key.like("r%-in_app"))) == 1


def test_only_those_who_are_meant_are_answered(db, work):
    norway = {"f": "country", "op": "in", "v": ["Norway"]}
    launch(make_task(write(THANKS), timing="event", event_type="customer.updated", tree=norway))
    for name, country in (("Carla", "Norway"), ("Doris", "Spain")):
        one = make_customer(first_name=name, country=country)
        events.emit("customer.updated", actor=SYSTEM, subject_id=one.person_id, fields=["country"])
    db.commit()
    work()
    assert letters(db) == ["Thank you, Carla"]
    assert reasons() == {None: 1, "not_meant": 1}
