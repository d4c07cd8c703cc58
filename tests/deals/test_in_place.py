"""A deal's customer, named where it stands."""

import re

import pytest

from app.deals.models import Deal
from tests.browser_client import text_of
from tests.factories import make_customer, make_deal, make_employee


@pytest.fixture
def ada(db):
    return make_customer(first_name="Ada", last_name="Lovelace", email="ada@example.com")


@pytest.fixture
def desk(browser):
    return browser(make_employee("manager"))


def say(desk, deal, words, seen=None):
    here = f"/records/deal/{deal.deal_id}/fields/customer_id"
    before = str(deal.customer_id or "") if seen is None else seen
    return desk.post(here, {"customer_id": words, "seen_customer_id": before}, fragment=True)


def customer_of(db, deal):
    db.expire_all()
    return db.get(Deal, deal.deal_id).customer_id


@pytest.mark.parametrize("words", ["Ada Lovelace", "ada LOVELACE ", "ada@example.com"])
def test_a_whole_name_or_email_is_enough_and_undone(desk, db, ada, words):
    deal = make_deal()
    answer = say(desk, deal, words)
    assert (answer.status_code, customer_of(db, deal)) == (200, ada.person_id)
    assert "Ada Lovelace" in text_of(answer)
    desk.post(re.search(r"/changes/[\w-]+/undo", answer.headers["HX-Trigger"])[0])
    assert customer_of(db, deal) is None


def test_of_several_one_is_chosen(desk, db, ada):
    other = make_customer(first_name="Ada", last_name="Lovelace", email="other@example.com")
    deal = make_deal()
    asked = say(desk, deal, "Ada Lovelace")
    assert asked.status_code == 422
    assert "Choose who it is." in text_of(asked)
    offered = re.findall(r'<option[^>]* value="([\w-]+)"', asked.get_data(as_text=True))
    assert set(offered) == {str(ada.person_id), str(other.person_id)}
    assert "other@example.com" in text_of(asked)
    assert say(desk, deal, str(other.person_id)).status_code == 200
    assert customer_of(db, deal) == other.person_id


def test_part_of_a_name_is_asked_about_and_nobody_is_told(desk, db, ada):
    deal = make_deal()
    assert "Choose who it is." in text_of(say(desk, deal, "Lovel"))
    assert "There is nobody of this name" in text_of(say(desk, deal, "Quetzalcoatl"))
    assert customer_of(db, deal) is None


def test_nothing_typed_is_nobody_and_the_same_name_the_same_customer(desk, db, ada):
    make_customer(first_name="Ada", last_name="Lovelace")
    deal = make_deal(customer_id=ada.person_id)
    say(desk, deal, "Ada Lovelace")
    assert customer_of(db, deal) == ada.person_id
    say(desk, deal, "")
    assert customer_of(db, deal) is None


def test_of_two_who_name_somebody_one_is_told(desk, db, ada):
    bob = make_customer(first_name="Bob", last_name="Stone")
    deal = make_deal(customer_id=bob.person_id)
    clash = say(desk, deal, "Ada Lovelace", seen="")
    assert clash.status_code == 409
    assert "Now it says Bob Stone" in text_of(clash)
    assert customer_of(db, deal) == bob.person_id


def test_nobody_names_whom_they_do_not_see(browser, db, ada):
    from sqlalchemy import text

    db.execute(text("INSERT INTO changed_grants VALUES ('agent', 'customers.read', 'own')"))
    db.commit()
    deal = make_deal()
    agent = browser(make_employee("agent"))
    assert "There is nobody" in text_of(say(agent, deal, "Ada Lovelace"))
    assert say(agent, deal, str(ada.person_id)).status_code == 404
