"""004-01: contact details of a customer are stored, changed, found by each, and doubles are warned of."""

import pytest
from sqlalchemy import select

from app.core import once
from app.people.models import Customer
from tests.browser_client import text_of
from tests.factories import make_employee

NEW = {
    "first_name": "Zoë",
    "last_name": "Müller",
    "email": "zoe@example.com",
    "phone": "020 7946 0000",
    "stage": "lead",
}


@pytest.fixture
def agent(browser, db):
    return browser(make_employee("agent"))


@pytest.fixture
def zoe(agent, db) -> Customer:
    agent.post("/customers", {**NEW, "once": once.new_token()})
    return db.scalars(select(Customer)).one()


def test_created_and_shown(agent, zoe):
    page = text_of(agent.get(f"/customers/{zoe.person_id}"))
    for detail in ("Zoë Müller", "zoe@example.com", "+44 20 7946 0000", "Lead"):
        assert detail in page


def test_changed(agent, zoe):
    changed = {**NEW, "phone": "+33 1 40 20 50 50", "address": "12 rue de Rivoli\r\nParis", "stage": "customer"}
    page = text_of(agent.follow(agent.post(f"/customers/{zoe.person_id}", changed)))
    assert "+33 1 40 20 50 50" in page
    assert "12 rue de Rivoli Paris" in page


@pytest.mark.parametrize(
    "words", ["zoe", "Müller", "zoe muller", "zoe@example.com", "+442079460000", "(020) 7946-0000"]
)
def test_found_by_name_email_and_phone(agent, zoe, words):
    for address in ("/customers", "/search"):
        assert "Zoë Müller" in text_of(agent.get(address, query_string={"q": words}))


@pytest.mark.parametrize("double", [{"phone": "+44 20 7946 0000"}, {"first_name": "Zoe", "last_name": "Muller"}])
def test_a_double_is_shown_while_typing_and_again_when_sent(agent, zoe, double):
    fragment = agent.get("/customers/alike", query_string=double, fragment=True)
    assert "may be the same person" in text_of(fragment)
    other = {"first_name": "Another", "last_name": "Person", "email": "other@example.com", "stage": "lead", **double}
    answer = agent.post("/customers", other)
    assert answer.status_code == 422
    assert "Add anyway" in text_of(answer)
    assert agent.post("/customers", {**other, "anyway": "1"}).status_code == 303


def test_a_taken_email_is_refused_even_so(agent, zoe):
    answer = agent.post("/customers", {**NEW, "email": "ZOE@example.com", "anyway": "1"})
    assert answer.status_code == 422
    assert "registered already" in text_of(answer)
