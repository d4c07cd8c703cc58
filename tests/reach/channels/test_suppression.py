"""Addresses that are not written to: looked up, added and let go by hand, and shown on the customer's page."""

import pytest
from sqlalchemy import select

from app.core.access import SYSTEM
from app.people.models import Customer
from app.reach.channels import actions, suppression
from app.reach.channels.base import CHANNELS
from app.reach.channels.models import Suppression
from tests.factories import make_customer, make_employee

HERE = "/reach/suppressions"


@pytest.fixture
def admin(browser, db):
    return browser(make_employee("admin"))


@pytest.fixture
def ada(db):
    return make_customer(first_name="Ada", email="Ada@example.com")


def is_held(person):
    held = select(Customer.person_id).where(suppression.held(CHANNELS["email"]))
    return person.person_id in suppression.db.session.scalars(held).all()


def test_an_address_is_looked_up_added_and_let_go(admin, ada, db):
    looked_up = f"{HERE}?channel=email&address=ada%40EXAMPLE.com"
    assert "It is not on the list" in admin.get(looked_up).text
    added = {"channel": "email", "address": "ada@example.com", "words": "Asked on the phone"}
    assert admin.post(HERE, added).status_code == 303
    assert "Asked on the phone" in admin.get(looked_up).text
    assert is_held(ada)
    row = db.scalars(select(Suppression)).one()
    assert b"ada" not in row.fingerprint
    assert admin.post(f"{HERE}/email/{row.fingerprint.hex()}/delete").status_code == 303
    assert not is_held(ada)
    assert admin.post(f"{HERE}/email/{row.fingerprint.hex()}/delete").status_code == 404
    assert admin.post(f"{HERE}/email/xyz/delete").status_code == 404


def test_the_customer_s_page_says_so(admin, ada, db):
    page = f"/customers/{ada.person_id}"
    assert "nothing is sent to the present address" not in admin.get(page).text
    suppression.hold("email", [ada.person_id], "5.1.1 No such user")
    db.commit()
    shown = admin.get(page).text
    assert "nothing is sent to the present address" in shown
    assert "5.1.1 No such user" in shown
    ada.email = "ada@new.example"
    db.commit()
    assert "nothing is sent to the present address" not in admin.get(page).text


def test_what_is_no_address_is_said(admin, db):
    assert admin.post(HERE, {"channel": "email", "address": "nobody"}).status_code == 422
    assert admin.get(f"{HERE}?channel=pigeon&address=x").status_code == 422
    assert admin.get(f"{HERE}?channel=email&address=nobody").status_code == 422


def test_added_twice_it_stands_once_as_it_was(ada, db):
    suppression.hold("email", [ada.person_id], "5.1.1 Gone")
    assert actions.suppress("email", "ada@example.com", words="again", actor=SYSTEM).words == "5.1.1 Gone"


def test_managers_and_agents_look_and_change_nothing(browser, db):
    for role in ("agent", "manager"):
        who = browser(make_employee(role))
        assert who.get(HERE).status_code == 200
        assert who.post(HERE, {"channel": "email", "address": "ada@example.com"}).status_code == 403
        assert who.post(f"{HERE}/email/00/delete").status_code == 403
