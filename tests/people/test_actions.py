"""Registering, changing and erasing people."""

import threading

import pytest
from sqlalchemy import func, select, text

from app.core.access import SYSTEM
from app.core.db import db as database
from app.core.errors import Conflict, Invalid
from app.engine.events.models import Event
from app.people import actions as people
from app.people.models import Customer, person_registry
from tests.factories import make_customer, make_employee

CARLA = people.CustomerDetails(first_name="Carla", last_name="Moreau", email="Carla@example.com", phone="+442079460000")


def test_a_customer_is_registered_and_told_once(db):
    customer = people.register_customer(CARLA, actor=SYSTEM)
    db.commit()
    event = db.scalars(select(Event)).one()
    assert (event.type, event.subject_id) == ("customer.registered", customer.person_id)


def test_an_email_belongs_to_one_person_of_any_kind(db):
    make_employee(email="carla@EXAMPLE.com")
    with pytest.raises(people.EmailTaken):
        people.register_customer(CARLA, actor=SYSTEM)
    db.rollback()
    assert db.scalar(select(func.count()).select_from(Customer)) == 0


def test_registering_in_the_same_moment_makes_one(app):
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def register() -> None:
        with app.app_context():
            start.wait()
            try:
                people.register_customer(CARLA, actor=SYSTEM)
                database.session.commit()
                outcomes.append("registered")
            except people.EmailTaken:
                outcomes.append("taken")

    threads = [threading.Thread(target=register) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["registered"] + ["taken"] * 7
    assert database.session.scalar(select(func.count()).select_from(person_registry)) == 1


def test_two_editors_of_different_fields_both_keep_theirs(db):
    customer = make_customer(first_name="Carla", country="France")
    seen = {"first_name": "Carla", "country": "France"}
    people.edit_customer(customer, {"first_name": "Carlotta", "country": "France"}, actor=SYSTEM, seen=seen)
    people.edit_customer(customer, {"first_name": "Carla", "country": "Spain"}, actor=SYSTEM, seen=seen)
    assert (customer.first_name, customer.country) == ("Carlotta", "Spain")


def test_two_editors_of_one_field_see_both_values(db):
    customer = make_customer(first_name="Carlotta")
    with pytest.raises(Conflict) as refused:
        people.edit_customer(customer, {"first_name": "Karla"}, actor=SYSTEM, seen={"first_name": "Carla"})
    assert refused.value.conflicts == [
        {"field": "first_name", "label": "First name", "yours": "Karla", "theirs": "Carlotta"}
    ]


def test_erasing_leaves_no_trace_of_the_name(db):
    customer = make_customer(first_name="Xanthippe", last_name="Quux", email="xq@example.com", phone="+442079460000")
    people.edit_customer(customer, {"country": "France"}, actor=SYSTEM)
    db.commit()
    assert people.erase_customer(customer, actor=SYSTEM, reason="asked by letter")
    db.commit()
    assert not people.erase_customer(customer, actor=SYSTEM, reason="asked again")
    everything = "\n".join(
        str(row)
        for table in ("customers", "person_registry", "audit_log", "audit_personal", "events")
        for row in db.execute(text(f"SELECT * FROM {table}"))
    )
    for trace in ("Xanthippe", "Quux", "xq@example.com"):
        assert trace not in everything


def test_an_erased_person_stays_erased(db):
    customer = make_customer()
    people.erase_customer(customer, actor=SYSTEM, reason="asked")
    with pytest.raises(Conflict):
        people.reactivate(customer, actor=SYSTEM)
    with pytest.raises(Conflict):
        people.edit_customer(customer, {"first_name": "Back"}, actor=SYSTEM)


def test_somebody_stays_admin(db):
    ada = make_employee("admin")
    with pytest.raises(Conflict):
        people.assign_role(ada, "agent", actor=SYSTEM)
    make_employee("admin")
    people.assign_role(ada, "agent", actor=SYSTEM)
    assert ada.role == "agent"


@pytest.mark.parametrize("stage", ["", "vip", "customer'; drop table people; --"])
def test_an_unknown_stage_is_refused(db, stage):
    with pytest.raises(Invalid):
        people.register_customer(people.CustomerDetails(last_name="X", stage=stage), actor=SYSTEM)
