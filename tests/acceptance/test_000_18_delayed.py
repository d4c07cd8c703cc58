"""000-18, 001-11: "30 minutes after signing up" goes once, then and not before; not where it is true no more."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.access import SYSTEM
from app.core.clock import now
from app.engine.notices.models import Notice
from app.people import actions as people
from app.people.models import Customer
from app.reach import triggers
from tests.browser_client import text_of
from tests.factories import make_employee
from tests.reach.cast import launch, make_task, write

WELCOME = {"in_app": {"en": {"title": "Welcome, {customer.first_name}", "body": "", "url": ""}}}
LEADS = {"f": "stage", "op": "in", "v": ["lead"]}
NOT_BEFORE = timedelta(minutes=30)


@pytest.fixture
def later(monkeypatch):
    """Let it be so much later for what answers events."""
    return lambda length: monkeypatch.setattr(triggers, "now", lambda: now() + length)


@pytest.fixture
def titles(db):
    return lambda: sorted(db.scalars(select(Notice.title).where(Notice.key.like("r%"))))


def sign_up(db, work, *names):
    for name in names:
        details = people.CustomerDetails(first_name=name, email=f"{name.lower()}@example.com", stage="lead")
        people.register_customer(details, actor=SYSTEM)
    db.commit()
    work()


def delayed(**what_matters):
    delay = {"timing": "event", "event_type": "customer.registered", "delay_minutes": 30}
    return launch(make_task(write(WELCOME), **delay, **what_matters))


def test_it_goes_once_half_an_hour_after_and_not_before(db, work, later, titles):
    delayed()
    sign_up(db, work, "Ada")
    later(NOT_BEFORE - timedelta(minutes=1))
    work()
    assert titles() == []
    later(NOT_BEFORE)
    work()
    assert titles() == ["Welcome, Ada"]
    later(2 * NOT_BEFORE)
    work()
    assert titles() == ["Welcome, Ada"]


@pytest.mark.parametrize(("still_true", "welcomed"), [(LEADS, ["Ada"]), ({}, ["Ada", "Ben"])])
def test_who_it_is_true_of_no_more_gets_nothing_where_the_task_says_so(db, work, later, still_true, welcomed):
    delayed(still_true=still_true)
    sign_up(db, work, "Ada", "Ben")
    db.scalars(select(Customer).where(Customer.first_name == "Ben")).one().stage = "customer"
    db.commit()
    later(NOT_BEFORE)
    work()
    told = sorted(db.scalars(select(Notice.title).where(Notice.key.like("r%"))))
    assert told == [f"Welcome, {name}" for name in welcomed]


def test_the_task_says_whom_it_left_out(db, work, later, browser):
    task = delayed(still_true=LEADS)
    sign_up(db, work, "Ben")
    db.scalars(select(Customer)).one().stage = "customer"
    db.commit()
    later(NOT_BEFORE)
    work()
    page = text_of(browser(make_employee("manager")).get(f"/reach/tasks/{task.id}"))
    assert "Only if still true Stage is Lead" in page
    assert "It is true no more 1" in page


def test_what_is_cancelled_before_its_time_does_not_go(db, work, later, titles, browser):
    task = delayed()
    sign_up(db, work, "Ada")
    browser(make_employee("manager")).post(f"/reach/tasks/{task.id}/cancellation")
    later(NOT_BEFORE)
    work()
    assert titles() == []
