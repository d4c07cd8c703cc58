"""003-56: a role without `pii.read` sees contact details masked wherever they stand; unmasking is kept for good."""

import pytest
from sqlalchemy import select

from app.accounts.actions import roles
from app.core.db import db as database
from app.engine.events.models import Event
from app.people.models import Customer
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_key


@pytest.fixture
def ada(db):
    return make_customer(
        first_name="Ada", last_name="Lovelace", email="ada@example.com", phone="+8613812341234", address="12 Square"
    )


@pytest.fixture
def agent(db):
    """Somebody whose role lost the right to see contact details in full."""
    _take_from_agents("pii.read")
    return make_employee("agent")


def _take_from_agents(permission):
    present = roles.present_grants()
    roles.change_grants({("agent", permission): None}, seen=roles.fingerprint(present))
    database.session.commit()


HIDDEN = ("ada@example.com", "138 1234 1234", "13812341234", "12 Square")


@pytest.mark.parametrize(
    "path", ["/customers", "/customers?columns=name,email,phone", "/customers/{id}", "/search?q=Ada"]
)
def test_pages_mask(browser, agent, ada, path):
    page = browser(agent).get(path.format(id=ada.person_id)).get_data(as_text=True)
    assert "Ada Lovelace" in page
    assert not [word for word in HIDDEN if word in page]
    assert "a****@example.com" in page


def test_the_number_keeps_its_ends(browser, agent, ada):
    assert "138****1234" in text_of(browser(agent).get(f"/customers/{ada.person_id}"))


def test_whoever_has_the_right_sees_all(browser, ada):
    page = text_of(browser(make_employee("manager")).get(f"/customers/{ada.person_id}"))
    assert "ada@example.com" in page
    assert "+86 138 1234 1234" in page


def test_the_api_masks(app, agent, ada):
    key = make_key(agent, "customers.read")
    answer = app.test_client().get(f"/api/v1/customers/{ada.person_id}", headers={"Authorization": f"Bearer {key}"})
    assert answer.json["phone"] == "138****1234"
    assert answer.json["email"] == "a****@example.com"
    assert answer.json["address"] == "****"


def test_what_is_masked_is_not_changed(browser, agent, ada, db):
    them = browser(agent)
    form = them.get(f"/customers/{ada.person_id}/edit").get_data(as_text=True)
    assert not [word for word in HIDDEN if word in form]
    them.post(f"/customers/{ada.person_id}", {"first_name": "Ada", "last_name": "King", "stage": "customer"})
    ada = db.get(Customer, ada.person_id, populate_existing=True)
    assert (ada.last_name, ada.email, ada.phone) == ("King", "ada@example.com", "+8613812341234")


def test_unmasking_is_kept(browser, agent, ada, db):
    them = browser(agent)
    shown = text_of(them.post(f"/customers/{ada.person_id}/revelation"))
    assert "ada@example.com" in shown
    kept = db.scalars(select(Event).where(Event.type == "customer.revealed")).one()
    assert (kept.actor_id, kept.subject_id) == (agent.person_id, ada.person_id)


def test_unmasking_takes_a_right(browser, agent, ada, db):
    _take_from_agents("pii.reveal")
    them = browser(agent)
    assert "Show in full" not in text_of(them.get(f"/customers/{ada.person_id}"))
    assert them.post(f"/customers/{ada.person_id}/revelation").status_code == 403
