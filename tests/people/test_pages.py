"""The customers' pages as staff use them."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core import once
from app.core.access import SYSTEM
from app.core.clock import now
from app.engine.events import actions as events
from app.people import actions, forms
from app.people.models import Customer
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee
from tests.statements import counted

NEW = {
    "first_name": "Zoë",
    "last_name": "Müller",
    "email": "zoe@example.com",
    "phone": "020 7946 0000",
    "stage": "customer",
    "owner_id": "",
}


def hidden(page, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.get_data(as_text=True))
    assert found, name
    return html.unescape(found[1])


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


@pytest.mark.parametrize("words", ["Zoe Muler", "zoe@exmaple.com", "Mülller"])
def test_a_slip_of_the_finger_is_forgiven_and_told(agent, words):
    make_customer(first_name="Zoë", last_name="Müller", email="zoe@example.com")
    make_customer(last_name="Other")
    page = agent.get("/customers", query_string={"q": words})
    assert "Zoë Müller" in text_of(page)
    assert "These come close" in text_of(page)
    assert "Other" not in text_of(page)


@pytest.mark.parametrize(("words", "found"), [("z", True), ("mü", True), ("ë", False), ("ll", False), ("zo mu", True)])
def test_a_short_word_begins_a_name(agent, words, found):
    make_customer(first_name="Zoë", last_name="Müller", email="x@example.com")
    page = agent.get("/customers", query_string={"q": words})
    assert ("Zoë Müller" in text_of(page)) is found


@pytest.mark.parametrize(
    "words", ["100%", "a_b", "\\", "'; DROP TABLE customers; --", "%%", "' OR ''='", ":name", "{}"]
)
def test_signs_in_a_search_mean_themselves(agent, words):
    make_customer(last_name="Other", email="other@example.com")
    page = agent.get("/customers", query_string={"q": words})
    assert page.status_code == 200
    assert "Carla Other" not in text_of(page)


def test_the_list_is_narrowed_to_an_owner_and_a_country(agent):
    ravi = make_employee("agent", first_name="Ravi", last_name="Patel")
    make_customer(last_name="Wanted", owner_id=ravi.person_id, country="France")
    make_customer(last_name="Spanish", owner_id=ravi.person_id, country="Spain")
    make_customer(last_name="Nobodys", country="France")
    page = agent.get(f"/customers?owner={ravi.person_id}&country=France")
    assert "Wanted" in text_of(page)
    assert "looked after by Ravi Patel" in text_of(page)
    assert not {"Spanish", "Nobodys"} & set(text_of(page).split())


def test_nobody_matches(agent):
    make_customer()
    assert "Nobody matches" in text_of(agent.get("/customers?q=nobodyatall"))


def test_an_empty_shop_is_told_how_to_begin(agent):
    assert "Everybody you do business with" in text_of(agent.get("/customers"))


def test_a_fragment_is_the_list_alone(agent):
    answer = agent.get("/customers", fragment=True)
    assert answer.get_data(as_text=True).lstrip().startswith('<div id="customers">')
    assert "HX-Request" in answer.headers["Vary"]


def test_the_count_on_top_follows_a_fragment(agent):
    make_customer(last_name="Wanted")
    make_customer(last_name="Other")
    assert text_of(agent.get("/customers")).count("2 customers") == 2
    answer = agent.get("/customers?q=wanted", fragment=True).get_data(as_text=True)
    assert re.search(r'id="page-context" hx-swap-oob="true"><span id="count">1 customer</span>', answer)


def test_an_erased_customer_is_not_filled_again(agent, db):
    carla = make_customer()
    actions.erase_customer(carla, actor=SYSTEM, reason="asked")
    db.commit()
    assert agent.post(f"/customers/{carla.person_id}", NEW).status_code == 409
    assert "was erased" in text_of(agent.get(f"/customers/{carla.person_id}"))
    assert "Erased customer" not in text_of(agent.get("/customers"))


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
    address = f"/customers/{carla.person_id}"
    answer = agent.post(address, {**form, "seen_first_name": "Carla"})
    assert answer.status_code == 409
    assert 'value="Karla"' in answer.get_data(as_text=True)
    assert "Saved meanwhile: “Carlotta”" in text_of(answer)
    assert hidden(answer, "seen_first_name") == "Carlotta"
    assert agent.post(address, {**form, "seen_first_name": hidden(answer, "seen_first_name")}).status_code == 303


def test_two_editors_of_different_fields_both_keep_theirs(agent, db):
    carla = make_customer(first_name="Carla", country="France")
    address = f"/customers/{carla.person_id}"
    opened = agent.get(f"{address}/edit")
    form = {
        "first_name": "Carla",
        "last_name": carla.last_name,
        "email": carla.email,
        "stage": "customer",
        "country": "France",
        "owner_id": "",
        **{f"seen_{name}": hidden(opened, f"seen_{name}") for name in forms.FIELDS},
    }
    assert agent.post(address, {**form, "first_name": "Karla"}).status_code == 303
    assert agent.post(address, {**form, "country": "Spain"}).status_code == 303
    db.expire_all()
    assert (carla.first_name, carla.country) == ("Karla", "Spain")


def test_a_forged_start_of_an_edit_is_no_crash(agent):
    carla = make_customer()
    answer = agent.post(f"/customers/{carla.person_id}", {**NEW, "seen_owner_id": "x", "seen_stage": "x"})
    assert answer.status_code in (303, 409)


def test_an_owner_who_left_stays_in_the_form(agent, db):
    ravi = make_employee("agent", first_name="Ravi", last_name="Gone")
    carla = make_customer(owner_id=ravi.person_id)
    ravi.deactivated_at = now()
    db.commit()
    assert "Ravi Gone" in text_of(agent.get(f"/customers/{carla.person_id}/edit"))
    assert "Ravi Gone" not in text_of(agent.get("/customers/new"))


def test_nobody_but_staff_looks_after_a_customer(agent):
    other = make_customer()
    assert agent.post("/customers", {**NEW, "owner_id": str(other.person_id)}).status_code == 422


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


def test_a_team_sees_its_own_customers(db, browser):
    from app.accounts.models import ChangedGrant

    db.add(ChangedGrant(role="agent", permission="customers.read", scope="team"))
    ravi, mate = make_employee(department="North"), make_employee(department="North")
    stranger = make_employee(department="South")
    make_customer(owner_id=mate.person_id, last_name="Ours")
    theirs = make_customer(owner_id=stranger.person_id, last_name="Theirs")
    for page in ("/customers", "/customers?q=carla", "/search?q=carla"):
        seen = text_of(browser(ravi).get(page))
        assert "Ours" in seen
        assert "Theirs" not in seen
    for change in ("", "/deactivation", "/deactivation/delete"):
        assert browser(ravi).post(f"/customers/{theirs.person_id}{change}", NEW).status_code == 404


def test_erasing_takes_its_own_right_and_sees_no_further_than_reading(db, browser):
    from app.accounts.models import ChangedGrant

    theirs = make_customer()
    address = f"/customers/{theirs.person_id}/erasure"
    assert browser(make_employee("agent")).post(address).status_code == 403
    db.add(ChangedGrant(role="manager", permission="customers.read", scope="own"))
    manager = browser(make_employee("manager"))
    assert manager.get(address).status_code == 404
    assert manager.post(address, {"reason": "x", "typed": theirs.name}).status_code == 404


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


def test_a_customer_and_the_staff_change_one_phone(db, browser):
    carla = make_customer(first_name="Carla", phone="+442079460000")
    me = browser(carla)
    opened = me.get("/portal/profile")
    assert hidden(opened, "seen_phone") == "+44 20 7946 0000"
    carla.phone = "+442079460001"
    db.commit()
    form = {name: hidden(opened, f"seen_{name}") for name in ("first_name", "last_name", "phone", "address")}
    form |= {f"seen_{name}": value for name, value in form.items()}
    assert me.post("/portal/profile", {**form, "first_name": "Carlotta"}).status_code == 303
    clash = me.post("/portal/profile", {**form, "phone": "020 7946 0002"})
    assert clash.status_code == 409
    assert "Saved meanwhile: “+44 20 7946 0001”" in text_of(clash)


@pytest.mark.parametrize(
    "query", ["sort=password_hash", "sort=name;select", "stage=vip", "owner=x", "after=zzz", "state=all"]
)
def test_an_address_that_makes_no_sense(agent, query):
    assert agent.get(f"/customers?{query}").status_code == 422


def test_the_stream_goes_on_without_gap_or_double(agent, db):
    carla = make_customer()
    for number in range(70):
        actions.edit_customer(carla, {"first_name": f"Carla {number}"}, actor=SYSTEM)
    db.commit()
    address, seen = f"/customers/{carla.person_id}/timeline", 0
    while address:
        page = agent.get(address, fragment=True).get_data(as_text=True)
        seen += page.count("Changed first name")
        older = re.search(r'<li id="older">.*?hx-get="([^"]+)"', page)
        address = html.unescape(older[1]) if older else ""
    assert seen == 70


def test_what_happened_at_the_same_moment_stays_together(agent, db):
    carla = make_customer()
    moment = now() - timedelta(days=1)
    for _ in range(40):
        events.emit("customer.reactivated", actor=SYSTEM, subject_id=carla.person_id, occurred_at=moment)
    db.commit()
    page = agent.get(f"/customers/{carla.person_id}")
    assert page.get_data(as_text=True).count("Reactivated") == 40
    assert "Show older" not in text_of(page)


def test_the_stream_says_who_did_what(db, browser):
    marta, carla = make_employee("manager", first_name="Marta", last_name="Lind"), make_customer()
    browser(marta).post(f"/customers/{carla.person_id}/deactivation")
    assert "Deactivated by Marta Lind" in text_of(browser(marta).get(f"/customers/{carla.person_id}"))


def test_a_record_page_asks_eight_times_at_most(browser, db):
    manager = browser(make_employee("manager"))
    customer = make_customer(owner_id=make_employee("agent").person_id)
    make_channel(customer)
    make_channel(customer, owner=make_employee("agent"))
    address = f"/customers/{customer.person_id}"
    manager.get(address)
    with counted() as statements:
        assert manager.get(address).status_code == 200
    assert len(statements) <= 8, statements


def test_from_a_list_one_goes_on_to_its_next_and_previous(browser, db):
    agent = browser(make_employee("agent"))
    for name in ("Ames", "Byron", "Cole", "Dodd"):
        make_customer(first_name="Pat", last_name=name, country="" if name == "Byron" else "Norway")
    ids = {one.last_name: one.person_id for one in db.scalars(select(Customer))}
    came_from = {"Referer": "http://localhost/customers?country=Norway&sort=-name&after=x"}
    page = agent.get(f"/customers/{ids['Cole']}", headers=came_from).get_data(as_text=True)
    address = html.unescape(re.search(r'hx-get="(/customers/[^"]+/neighbours[^"]+)"', page)[1])
    assert address.endswith("?in=country%3DNorway%26sort%3D-name")
    words = agent.get(address, fragment=True).get_data(as_text=True)
    assert f'rel="prev" href="/customers/{ids["Dodd"]}?in=country%3DNorway%26sort%3D-name"' in words
    assert f'rel="next" href="/customers/{ids["Ames"]}' in words
    there = agent.get(address + "&way=next").headers["Location"]
    assert there == f"/customers/{ids['Ames']}?in=country%3DNorway%26sort%3D-name"
    end = agent.get(there.replace("?in", "/neighbours?way=next&in"))
    assert "is the last of the list" in text_of(agent.follow(end))
    assert 'id="neighbours"' not in agent.get(f"/customers/{ids['Cole']}").get_data(as_text=True)
    assert agent.get(f"/customers/{ids['Cole']}/neighbours?in=sort%3Dnothing", fragment=True).status_code == 422


def test_going_on_finds_the_neighbours_of_a_search_and_of_a_group(browser, db):
    agent = browser(make_employee("agent"))
    for number in range(3):
        make_customer(first_name="Pat", last_name=f"Quill{number}", country="Norway" if number else "Sweden")
    ids = [one.person_id for one in db.scalars(select(Customer).order_by(Customer.last_name))]
    found = agent.get(f"/customers/{ids[1]}/neighbours?in=q%3Dquill", fragment=True).get_data(as_text=True)
    assert f"/customers/{ids[0]}?" in found
    assert f"/customers/{ids[2]}?" in found
    grouped = agent.get(f"/customers/{ids[2]}/neighbours?in=group%3Dcountry", fragment=True).get_data(as_text=True)
    assert f'rel="prev" href="/customers/{ids[1]}?' in grouped
    assert f'rel="next" href="/customers/{ids[0]}?' in grouped
