"""What everybody finds first: what waits for them now."""

import pytest

from app.conversations.models import Channel
from app.core.clock import now
from app.core.db import db as database
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.insights.test_performance import make_conversation
from tests.statements import counted


def ask(topic: str) -> None:
    customer = make_customer(first_name="Carla", last_name="Moreau")
    channel = Channel(state="waiting", topic=topic, customer_id=customer.person_id, waiting_since=now())
    database.session.add(channel)
    database.session.commit()


@pytest.mark.parametrize("role", ["agent", "manager", "admin"])
def test_everybody_sees_who_waits_in_at_most_eight_statements(db, browser, role):
    ask("Where is my parcel?")
    me = browser(make_employee(role))
    me.get("/")
    with counted() as statements:
        page = me.get("/")
    assert "Where is my parcel?" in text_of(page)
    assert "Accept" in text_of(page)
    assert len(statements) <= 8, statements


def test_a_manager_sees_low_ratings(db, browser):
    make_conversation(make_employee(), rating=1, feedback="Nobody read what I wrote")
    make_conversation(make_employee(), rating=5, feedback="Lovely")
    page = text_of(browser(make_employee("manager")).get("/"))
    assert "Nobody read what I wrote" in page
    assert "Lovely" not in page


def test_an_empty_day(db, browser):
    page = text_of(browser(make_employee()).get("/"))
    assert "Nobody waits" in page
    assert "Nothing open" in page


def test_a_customer_is_led_to_the_portal(db, browser):
    assert browser(make_customer()).get("/").headers["Location"] == "/portal"


def test_a_visitor_is_led_to_sign_in(app, browser):
    assert browser().get("/").headers["Location"] == "/sign-in"
