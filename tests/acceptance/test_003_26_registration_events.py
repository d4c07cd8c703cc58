"""003-26: `customer.registered` is told once for each registration, and says what the catalogue promises."""

import threading

import pytest
from sqlalchemy import select

from app.core import once
from app.core.access import SYSTEM
from app.core.db import db as database
from app.engine.events import catalogue
from app.engine.events.models import Event
from app.people import actions as people
from tests.factories import PASSWORD, make_employee

EDITORS = 50


def told(db) -> list[Event]:
    return list(db.scalars(select(Event).where(Event.type == "customer.registered")))


def test_once_for_a_form_sent_twice(browser, db):
    agent = browser(make_employee("agent"))
    form = {"last_name": "Moreau", "stage": "lead", "once": once.new_token()}
    for _ in range(2):
        agent.post("/customers", form)
    (event,) = told(db)
    catalogue.TYPES[event.type].check(event.payload)
    assert event.payload == {"source": "staff"}


def test_once_for_a_sign_up(browser, db, work):
    browser().post(
        "/sign-up", {"first_name": "Carla", "last_name": "M", "email": "carla@example.com", "password": PASSWORD}
    )
    work()
    assert [event.payload for event in told(db)] == [{"source": "sign-up"}]


def test_never_for_a_registration_that_was_refused(browser, db):
    agent = browser(make_employee("agent", email="taken@example.com"))
    agent.post("/customers", {"last_name": "Moreau", "email": "taken@example.com", "stage": "lead"})
    assert told(db) == []


def test_subscribers_hear_it_once(db, work, monkeypatch):
    heard = []
    subscriber = catalogue.Subscriber(
        "test.listener", ("customer.registered",), lambda e: heard.append(e.uid), "default"
    )
    monkeypatch.setitem(catalogue.SUBSCRIBERS, "test.listener", subscriber)
    people.register_customer(people.CustomerDetails(last_name="Moreau"), actor=SYSTEM)
    db.commit()
    work()
    work()
    assert heard == [event.uid for event in told(db)]


@pytest.mark.parametrize("kind", ["customer", "employee"])
def test_once_when_fifty_register_one_email_in_the_same_moment(app, db, kind):
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def register(number: int) -> None:
        with app.app_context():
            email = f"racer{number}@example.com"
            try:
                if kind == "customer":
                    people.register_customer(people.CustomerDetails(email=email), actor=SYSTEM)
                else:
                    people.register_employee(people.EmployeeDetails("Eve", "Employee", email), actor=SYSTEM)
                database.session.commit()
                outcomes.append("registered")
            except people.EmailTaken:
                database.session.rollback()
                outcomes.append("taken")

    def session() -> None:
        for number in range(EDITORS):
            start.wait()
            register(number)

    threads = [threading.Thread(target=session) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["registered"] * EDITORS + ["taken"] * EDITORS
    assert db.query(Event).filter(Event.type == f"{kind}.registered").count() == EDITORS
