"""The customers' pages as staff use them."""

import pytest
from sqlalchemy import func, select

from app.core import once
from app.people.models import Customer
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.statements import counted

NEW = {
    "first_name": "Zoë",
    "last_name": "Müller",
    "email": "zoe@example.com",
    "phone": "020 7946 0000",
    "stage": "customer",
    "owner_id": "",
}


@pytest.fixture
def agent(browser, db):
    return browser(make_employee("agent"))


def test_the_list_in_at_most_eight_statements(agent):
    for letter in "ABC":
        make_customer(last_name=letter)
    agent.get("/customers")
    with counted() as statements:
        page = agent.get("/customers")
    assert page.status_code == 200
    assert len(statements) <= 8, statements
    assert "3 customers" in text_of(page)


def test_the_record_in_at_most_eight_statements(agent):
    carla = make_customer(phone="+442079460000", address="1 High Street")
    agent.get(f"/customers/{carla.person_id}")
    with counted() as statements:
        page = agent.get(f"/customers/{carla.person_id}")
    assert len(statements) <= 8, statements
    assert "+44 20 7946 0000" in text_of(page)


@pytest.mark.parametrize("words", ["muller", "Zoë", "zoe@", "+44 20 7946 0000", "(020) 79460000", "MÜLLER zoe", "C-17"])
def test_somebody_is_found_by(agent, words):
    make_customer(
        first_name="Zoë", last_name="Müller", email="zoe@example.com", phone="+442079460000", reference="C-17"
    )
    make_customer(last_name="Other")
    page = agent.get("/customers", query_string={"q": words})
    assert "Zoë Müller" in text_of(page)
    assert "Other" not in text_of(page)


def test_nobody_matches(agent):
    make_customer()
    assert "Nobody matches" in text_of(agent.get("/customers?q=nobodyatall"))


def test_an_empty_shop_is_told_how_to_begin(agent):
    assert "Everybody you do business with" in text_of(agent.get("/customers"))


def test_a_fragment_is_the_list_alone(agent):
    answer = agent.get("/customers", fragment=True)
    assert answer.get_data(as_text=True).lstrip().startswith('<div id="customers">')
    assert "HX-Request" in answer.headers["Vary"]


def test_adding_a_customer(agent, db):
    answer = agent.post("/customers", {**NEW, "once": once.new_token()})
    page = agent.follow(answer)
    assert "Zoë Müller" in text_of(page)
    assert db.scalars(select(Customer)).one().phone == "+442079460000"


def test_a_double_click_adds_one(agent, db):
    form = {**NEW, "once": once.new_token()}
    first, second = agent.post("/customers", form), agent.post("/customers", form)
    assert first.headers["Location"] == second.headers["Location"]
    assert db.scalar(select(func.count()).select_from(Customer)) == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "not an email", "Enter an address such as"),
        ("phone", "12", "too short or too long"),
        ("phone", "call me", "Enter a phone number such as"),
        ("last_name", "x" * 201, "cannot be longer than 200"),
        ("stage", "vip", "Not a valid choice"),
    ],
)
def test_bad_values_are_named_and_nothing_typed_is_lost(agent, db, field, value, words):
    answer = agent.post("/customers", {**NEW, field: value})
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert "Müller" in answer.get_data(as_text=True) or field == "last_name"
    assert db.scalar(select(func.count()).select_from(Customer)) == 0


def test_a_taken_email_is_told_beside_the_field(agent):
    make_customer(email="zoe@example.com")
    answer = agent.post("/customers", NEW)
    assert answer.status_code == 422
    assert "registered already" in text_of(answer)


def test_somebody_alike_is_shown_and_can_be_added_anyway(agent, db):
    make_customer(first_name="Zoë", last_name="Müller", email="other@example.com")
    answer = agent.post("/customers", NEW)
    assert answer.status_code == 422
    assert "may be the same person" in text_of(answer)
    assert agent.post("/customers", {**NEW, "anyway": "1"}).status_code == 303
    assert db.scalar(select(func.count()).select_from(Customer)) == 2


def test_hidden_and_turning_characters_are_left_out(agent, db):
    agent.post("/customers", {**NEW, "first_name": "Car\u202ela\u0000", "last_name": "<script>alert(1)</script>"})
    customer = db.scalars(select(Customer)).one()
    assert customer.first_name == "Carla"
    page = agent.get("/customers").get_data(as_text=True)
    assert "<script>alert" not in page


def test_a_ten_megabyte_field_is_refused(agent):
    assert agent.post("/customers", {**NEW, "address": "x" * 10_000_000}).status_code == 413


def test_two_editors_of_one_field_are_told_both_values(agent, db):
    carla = make_customer(first_name="Carla")
    form = {
        "first_name": "Karla",
        "last_name": carla.last_name,
        "email": carla.email,
        "stage": "customer",
        "owner_id": "",
    }
    carla.first_name = "Carlotta"
    db.commit()
    answer = agent.post(f"/customers/{carla.person_id}", {**form, "seen_first_name": "Carla"})
    assert answer.status_code == 409
    assert "Karla" in text_of(answer)
    assert "Carlotta" in text_of(answer)


def test_erasing_asks_for_the_name(db, browser):
    manager, carla = browser(make_employee("manager")), make_customer(first_name="Carla", last_name="Moreau")
    address = f"/customers/{carla.person_id}/erasure"
    assert manager.post(address, {"reason": "asked", "typed": "Carl"}).status_code == 422
    page = manager.follow(manager.post(address, {"reason": "asked", "typed": "Carla Moreau"}))
    assert "Erased customer" in text_of(page)


def test_an_agent_who_sees_only_their_own(db, browser):
    from app.accounts.models import ChangedGrant

    db.add(ChangedGrant(role="agent", permission="customers.read", scope="own"))
    ravi = make_employee("agent")
    mine, theirs = make_customer(owner_id=ravi.person_id, last_name="Mine"), make_customer(last_name="Theirs")
    page = browser(ravi).get("/customers")
    assert "Mine" in text_of(page)
    assert "Theirs" not in text_of(page)
    for path in ("", "/timeline", "/edit"):
        assert browser(ravi).get(f"/customers/{theirs.person_id}{path}").status_code == 404
        assert browser(ravi).get(f"/customers/{mine.person_id}{path}").status_code == 200


def test_customers_and_strangers_stay_out(db, browser):
    carla = make_customer()
    assert browser(carla).get("/customers").status_code == 403
    assert browser().get("/customers").headers["Location"] == "/sign-in?next=/customers"


def test_a_customer_changes_their_own_details_only(db, browser):
    carla = make_customer(stage="lead")
    me = browser(carla)
    answer = me.post(
        "/portal/profile", {"first_name": "Carlotta", "last_name": "M", "stage": "former", "email": "x@y.zz"}
    )
    assert answer.status_code == 303
    db.expire_all()
    assert (carla.first_name, carla.stage, carla.email) == ("Carlotta", "lead", carla.email)
    assert browser(make_employee()).get("/portal/profile").status_code == 404


@pytest.mark.parametrize(
    "query", ["sort=password_hash", "sort=name;select", "stage=vip", "owner=x", "after=zzz", "state=all"]
)
def test_an_address_that_makes_no_sense(agent, query):
    assert agent.get(f"/customers?{query}").status_code == 422
