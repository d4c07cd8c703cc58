"""A call rings on the pages of who takes calls, and stops when somebody has it."""

import re

import pytest

from app.calls import queries
from app.calls.models import RingingChoice
from app.people.models import Employee
from tests.browser_client import text_of
from tests.calls.test_calls import account, post, told
from tests.factories import make_customer, make_employee
from tests.statements import counted

__all__ = ["account"]

SPARE = re.compile(r'data-stream="/conversations/stream" data-stream-spare')


def choose(browser, person, number="+442079460005", **more):
    return browser(person).post("/settings/my-phone", {"number": number, **more})


def test_a_call_rings_until_somebody_has_it(server, browser, db, account):
    make_customer(first_name="Ada", last_name="Lovelace", phone="+442079461234")
    agent = make_employee()
    line = server.browser(agent).listen("/conversations/stream")
    post(browser(), told())
    line.wait_for_text("Ada Lovelace")
    line.wait_for("call-rings")
    assert not [one for one in line.events if one.get("trigger") == "call-over"]
    post(browser(), told("in-progress"), "/hooks/phone/twilio/status")
    line.wait_for("call-over")


def test_every_page_of_who_has_a_number_holds_one_line(browser, db, account):
    agent = make_employee()
    assert not SPARE.search(browser(agent).get("/customers").text)
    assert choose(browser, agent).status_code == 303
    for path in ("/customers", "/tasks", "/settings"):
        assert SPARE.search(browser(agent).get(path).text), path
    assert not SPARE.search(browser(make_employee()).get("/customers").text)
    choose(browser, agent, "")
    assert not SPARE.search(browser(agent).get("/customers").text)


def test_an_admin_hears_calls_who_has_a_number(browser, db, account):
    admin = make_employee(role="admin")
    assert admin.person_id not in queries.list_answering()
    choose(browser, admin)
    db.rollback()
    assert admin.person_id in queries.list_answering()


def test_without_a_provider_nothing_is_held_open(browser, db):
    agent = make_employee()
    choose(browser, agent)
    assert "No phone provider is set up yet" in text_of(browser(agent).get("/settings/my-phone"))
    assert not SPARE.search(browser(agent).get("/customers").text)


def test_ones_own_number_and_choice_are_kept(browser, db, account):
    agent = make_employee()
    choose(browser, agent, "+44 20 7946 0005", opens_customer="y")
    db.expire_all()
    assert db.get(Employee, agent.person_id).phone == "+442079460005"
    assert db.get(RingingChoice, agent.person_id).opens_customer
    page = browser(agent).get("/settings/my-phone").text
    assert 'value="+442079460005"' in page
    assert "data-opens-calls" in page
    choose(browser, agent)
    assert "data-opens-calls" not in browser(agent).get("/settings/my-phone").text


@pytest.mark.parametrize("number", ["12", "call me", "+44"])
def test_a_number_that_is_none_is_refused(browser, number):
    agent = make_employee()
    assert choose(browser, agent, number).status_code == 422


def test_customers_have_no_such_page(browser):
    assert browser(make_customer()).get("/settings/my-phone").status_code in {403, 404}


def test_the_frame_asks_in_the_statement_of_its_counts(browser, db, account):
    page = browser(make_employee())
    page.get("/customers")
    with counted() as statements:
        page.get("/customers")
    (asking,) = (one for one in statements if "ringing_choices" in one)
    assert "employee_availability" in asking
    assert "notices" in asking


def test_who_calls_a_customer_sees_what_they_agreed_to(browser, db, account):
    ada, agent = make_customer(phone="+442079461234"), make_employee()
    choose(browser, agent)
    page = browser(agent)
    page.post(f"/customers/{ada.person_id}/phone-calls")
    said = text_of(page.get(f"/customers/{ada.person_id}"))
    assert "Your phone rings in a moment. Answers only: they have not agreed to news and offers by phone." in said
