"""Values: what is typed, what is stored, what is unique, what is sealed."""

import json
import threading
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.accounts.actions import roles
from app.core.access import SYSTEM
from app.core.crypto import CannotDecrypt
from app.core.db import db as database
from app.core.errors import Invalid
from app.engine.custom_fields import definitions, values
from app.engine.custom_fields.definitions import Definition
from app.engine.custom_fields.imports import value_key
from app.engine.custom_fields.types import TYPES, Option
from app.people import actions as people
from app.people.models import Customer
from tests.api.conftest import Program
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_key

OPTIONS = (Option("s", "Small"), Option("l", "Large, really"), Option("old", "Old", is_gone=True))


def take_from_agents(permission: str) -> None:
    grants = roles.present_grants()
    roles.change_grants({**grants, ("agent", permission): None}, seen=roles.fingerprint(grants))
    database.session.commit()


def field_of(type_key: str, **more) -> Definition:
    return Definition(uuid4(), "customer", "it", "It", type_key, OPTIONS, **more)


@pytest.mark.parametrize(
    ("type_key", "typed", "plain"),
    [
        ("text", "  a \t b  ", "a b"),
        ("text", "a\u202eb\u200b", "ab"),
        ("long", "a\r\n b ", "a\n b"),
        ("number", "1,299.5", 1299.5),
        ("number", "-0.0", 0),
        ("number", " 12 ", 12),
        ("number", "1 000,25", 1000.25),
        ("money", "12,50", 1250),
        ("date", "1912-06-23", "1912-06-23"),
        ("choice", "s", "s"),
        ("choice", "  LARGE, really ", "l"),
        ("several", "l\ns", ["s", "l"]),
        ("several", "small; large, really", ["s", "l"]),
        ("yes", "TRUE", True),
        ("yes", "no", False),
        ("link", "example.com/a?b=c", "https://example.com/a?b=c"),
        ("link", "http://localhost:8080/x", "http://localhost:8080/x"),
    ],
)
def test_what_is_typed_becomes_plain(app, type_key, typed, plain):
    field = field_of(type_key)
    assert TYPES[type_key].read(typed, field) == plain
    assert TYPES[type_key].check(plain, field) == plain


@pytest.mark.parametrize(
    ("type_key", "typed"),
    [
        ("text", "x" * 501),
        ("long", "x" * 10_001),
        ("number", "1e9"),
        ("number", "NaN"),
        ("number", "Infinity"),
        ("number", "１２"),
        ("number", "0.12345"),
        ("number", "9" * 12),
        ("number", "1" + "0" * 24),
        ("number", "1_000"),
        ("number", "9" * 5000),
        ("money", "abc"),
        ("money", "0.001"),
        ("date", "2026-02-30"),
        ("date", "20260101"),
        ("date", "0001-01-01"),
        ("date", "2026-W01-1"),
        ("choice", "medium"),
        ("choice", "Old"),
        ("several", "s;medium"),
        ("yes", "perhaps"),
        ("link", "javascript:alert(1)"),
        ("link", "data:text/html,x"),
        ("link", "https://"),
        ("link", "https://user:pass@example.com"),
        ("link", 'https://example.com/"onmouseover=x'),
        ("link", "https://exa mple.com"),
        ("link", "https://[::1"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(app, type_key, typed):
    with pytest.raises(Invalid, match=r"\w.*\."):
        TYPES[type_key].read(typed, field_of(type_key))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(TYPES)), ANYTHING)
@example("number", float("nan"))
@example("number", float("inf"))
def test_whatever_is_sent_is_taken_as_it_will_be_or_refused(application, type_key, sent):
    field = field_of(type_key)
    with application.app_context():
        try:
            plain = field.type.check(sent, field)
        except Invalid:
            return
        assert field.type.check(plain, field) == plain
        assert field.type.words(plain, field) or plain == ""
        json.dumps(plain, allow_nan=False)
        if plain != "":
            assert field.type.read(field.type.typed(plain, field), field) == plain


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(TYPES)), st.text(max_size=60))
def test_whatever_is_typed_is_taken_or_refused(application, type_key, typed):
    field = field_of(type_key)
    with application.app_context():
        try:
            plain = field.type.read(typed, field)
        except Invalid:
            return
        assert field.type.check(plain, field) == plain


SCALARS = st.text(max_size=30).filter(lambda one: "\x00" not in one) | st.integers(-(10**10), 10**10)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(SCALARS | st.floats(-1e6, 1e6).map(lambda one: round(one, 4)), min_size=5, max_size=5))
def test_the_database_makes_the_same_key_of_a_value(application, many):
    field = field_of("text")
    storable = [one for one in many if not isinstance(one, str) or one.isprintable()]
    plain = [field_of("number").type.check(one, field) if not isinstance(one, str) else one for one in storable]
    with application.app_context():
        query = text("SELECT custom_value_key(CAST(:one AS jsonb))")
        for one in plain:
            stored = json.dumps(one)
            assert database.session.scalar(query, {"one": stored}) == value_key(field, one)
        database.session.rollback()


def test_a_sensitive_value_is_nowhere_plain_and_opens_only_in_its_record(browser, define, db):
    define("Passport", is_sensitive=True)
    manager = browser(make_employee("manager"))
    ada = {"last_name": "Lovelace", "custom.passport": "X1234567890"}
    page = manager.follow(manager.post("/customers", ada))
    assert "Passport X1234567890" in text_of(page)
    customer = db.scalar(text("SELECT custom FROM customers"))
    assert set(customer["passport"]) == {"sealed", "index"}
    dump = " ".join(
        str(db.execute(text(f"SELECT to_jsonb(t) FROM {table} t")).all())
        for table in ("customers", "audit_log", "audit_personal", "events", "changed_rows", "custom_unique")
    )
    assert "X1234567890" not in dump
    field = definitions.find("customer", "passport")
    with pytest.raises(CannotDecrypt):
        values.plain(field, uuid4(), customer)


def test_whoever_may_not_read_sees_a_mask_and_keeps_what_they_cannot_see(browser, define, db):
    define("Passport", is_sensitive=True, is_required=True)
    define("Nick")
    person_id = people.register_customer(
        people.CustomerDetails(last_name="Lovelace"), actor=SYSTEM, custom={"passport": "13800001234"}
    ).person_id
    db.commit()
    take_from_agents("pii.read")
    agent = browser(make_employee("agent"))
    shown = text_of(agent.get(f"/customers/{person_id}"))
    assert "Passport 138****1234" in shown
    form = agent.get(f"/customers/{person_id}/edit").get_data(as_text=True)
    assert "13800001234" not in form
    assert "Now 138****1234. Leave it empty to keep it." in form
    saved = agent.post(f"/customers/{person_id}", {"last_name": "Byron", "stage": "customer", "custom.nick": "A"})
    assert saved.status_code == 303, text_of(saved)
    db.rollback()
    kept = db.get(Customer, person_id)
    assert values.by_name("customer", person_id, kept.custom, "custom.passport") == "13800001234"
    assert kept.custom["nick"] == "A"


def test_a_unique_value_has_one_record(browser, define, db):
    define("Member no", is_unique=True)
    manager = browser(make_employee("manager"))
    one = {"last_name": "One", "custom.member_no": "AB 12"}
    assert manager.post("/customers", one).status_code == 303
    second = manager.post("/customers", {"last_name": "Two", "custom.member_no": "ab  12"})
    assert second.status_code == 422
    assert "Another customer has this already" in text_of(second)
    assert db.scalar(text("SELECT count(*) FROM customers")) == 1
    db.execute(text("DELETE FROM customers"))
    db.commit()
    assert manager.post("/customers", {"last_name": "Two", "custom.member_no": "ab 12"}).status_code == 303


def test_a_sensitive_value_can_be_unique_too(define, db):
    define("Passport", is_sensitive=True, is_unique=True)
    people.register_customer(people.CustomerDetails(last_name="A"), actor=SYSTEM, custom={"passport": "x1"})
    db.commit()
    with pytest.raises(Invalid) as refused:
        people.register_customer(people.CustomerDetails(last_name="B"), actor=SYSTEM, custom={"passport": "X1"})
    assert list(refused.value.errors) == ["custom.passport"]


def test_two_records_exchange_a_unique_value_in_one_statement(define, db):
    define("Member no", is_unique=True, is_searched=True)
    for number in ("1", "2"):
        people.register_customer(people.CustomerDetails(last_name=number), actor=SYSTEM, custom={"member_no": number})
    db.commit()
    db.execute(text("UPDATE customers SET custom = jsonb_build_object('member_no', (3 - last_name::int)::text)"))
    said = "SELECT last_name, words FROM customers JOIN custom_searched ON record_id = person_id ORDER BY last_name"
    assert [tuple(row) for row in db.execute(text(said))] == [("1", "2"), ("2", "1")]


def test_of_many_at_once_one_gets_a_unique_value(app, define, db):
    define("Member no", is_unique=True)
    ids = [make_customer().person_id for _number in range(8)]
    done, start = [], threading.Barrier(8)

    def take(person_id) -> None:
        with app.app_context():
            customer = database.session.get(Customer, person_id)
            start.wait()
            try:
                people.edit_customer(customer, {"custom.member_no": "7"}, actor=SYSTEM)
                database.session.commit()
                done.append(person_id)
            except Invalid:
                database.session.rollback()

    threads = [threading.Thread(target=take, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert db.scalar(text("SELECT count(*) FROM customers WHERE custom ? 'member_no'")) == 1


def test_erasing_a_customer_empties_their_fields_everywhere(browser, define, db):
    define("Nick", is_searched=True, is_unique=True)
    admin = browser(make_employee("admin"))
    person_id = people.register_customer(
        people.CustomerDetails(last_name="Lovelace"), actor=SYSTEM, custom={"nick": "Countess Marker"}
    ).person_id
    db.commit()
    admin.post(f"/customers/{person_id}/erasure", {"typed": "Lovelace", "reason": "asked"})
    db.rollback()
    assert db.get(Customer, person_id).custom == {}
    for table in ("customers", "audit_log", "audit_personal", "events", "custom_searched", "custom_unique"):
        assert "Countess" not in str(db.execute(text(f"SELECT to_jsonb(t) FROM {table} t")).all()), table


def test_programs_read_and_write_under_custom(app, define, db):
    define("Nick")
    define("Budget", "money")
    define("Likes", "several", options=["Tea", "Milk"])
    define("Passport", is_sensitive=True)
    owner = make_employee("manager")
    program = Program(app, make_key(owner))
    sent = {
        "last_name": "Lovelace",
        "custom": {
            "nick": "Ada",
            "budget": {"amount_minor": 1250, "currency": "GBP"},
            "likes": ["milk"],
            "passport": "13800001234",
        },
    }
    made = program.post("/customers", sent)
    assert made.status_code == 201, made.json
    assert made.json["custom"] == {
        "nick": "Ada",
        "budget": {"amount_minor": 1250, "currency": "GBP", "formatted": "£12.50"},
        "likes": ["milk"],
        "passport": "13800001234",
    }
    here = f"/customers/{made.json['id']}"
    patched = program.patch(here, {"custom": {"nick": None}}, headers=program.tag(here))
    assert patched.json["custom"]["nick"] is None
    assert patched.json["custom"]["likes"] == ["milk"]
    for bad, told in (
        ({"ghost": 1}, "custom.ghost"),
        ({"nick": 5}, "custom.nick"),
        ({"likes": "milk"}, "custom.likes"),
        ({"likes": ["beer"]}, "custom.likes"),
        ({"budget": {"amount_minor": 1, "currency": "USD"}}, "custom.budget"),
        ([], "custom"),
    ):
        answer = program.patch(here, {"custom": bad}, headers=program.tag(here))
        assert answer.status_code == 422, bad
        assert told in answer.json["errors"], answer.json
    put = program("PUT", here, json={"last_name": "Byron"}, headers=program.tag(here))
    assert set(put.json["custom"].values()) == {None}
    listed = program.get("/custom-fields?kind=customer").json["data"]
    assert [(one["key"], one["type"]) for one in listed] == [
        ("nick", "text"),
        ("budget", "money"),
        ("likes", "several"),
        ("passport", "text"),
    ]
