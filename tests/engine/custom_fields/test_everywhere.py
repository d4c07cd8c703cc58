"""A field is in lists, filters, search and imports as soon as it is defined, in every process."""

import json
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from app.core import known
from app.core.access import SYSTEM
from app.core.db import db as database
from app.core.redis import redis
from app.engine.filters import facts, memory, sql, tree
from app.engine.filters.queries import here_and_now
from app.people import actions as people
from tests.browser_client import text_of
from tests.factories import make_employee
from tests.importing import address_of, bring_in, counts, reasons, send
from tests.statements import counted


@pytest.fixture
def manager(browser, db):
    return browser(make_employee("manager"))


def add(name: str, **custom):
    made = people.register_customer(people.CustomerDetails(last_name=name), actor=SYSTEM, custom=custom)
    database.session.commit()
    return made


def listed(browser, where) -> str:
    answer = browser.get("/customers?" + urlencode({"where": json.dumps(where)}))
    assert answer.status_code == 200, text_of(answer)[:500]
    return text_of(answer)


@pytest.fixture
def people_with_all(define):
    define("Nick")
    define("Height", "number")
    define("Budget", "money")
    define("Born", "date")
    define("Size", "choice", options=["S", "L"])
    define("Likes", "several", options=["Tea", "Coffee", "Milk"])
    define("Member", "yes")
    define("Passport", is_sensitive=True)
    return [
        add(
            "Ada",
            nick="Countess",
            height=1.75,
            budget=5000,
            born="1990-05-05",
            size="l",
            likes=["tea", "milk"],
            member=True,
            passport="X1",
        ),
        add("Bob", nick="", height=2, budget=0, born="2001-01-01", size="s", likes=["coffee"], member=False),
        add("Cleo"),
    ]


# Whom a condition finds among the people with all.
FOUND = (
    ({"f": "custom.nick", "op": "contains", "v": "COUNT"}, "Ada"),
    ({"f": "custom.height", "op": "ge", "v": 1.76}, "Bob"),
    ({"f": "custom.height", "op": "is", "v": 1.75}, "Ada"),
    ({"f": "custom.budget", "op": "between", "v": [0, 4999]}, "Bob"),
    ({"f": "custom.born", "op": "before", "v": "1990-05-06"}, "Ada"),
    ({"f": "custom.born", "op": "older", "v": "20y"}, "Ada Bob"),
    ({"f": "custom.size", "op": "in", "v": ["l"]}, "Ada"),
    ({"f": "custom.size", "op": "not_in", "v": ["l"]}, "Bob Cleo"),
    ({"f": "custom.likes", "op": "has", "v": ["tea", "coffee"]}, "Ada Bob"),
    ({"f": "custom.likes", "op": "has_all", "v": ["tea", "coffee"]}, ""),
    ({"f": "custom.likes", "op": "has_none", "v": ["tea"]}, "Bob Cleo"),
    ({"f": "custom.likes", "op": "empty"}, "Cleo"),
    ({"f": "custom.member", "op": "is", "v": False}, "Bob"),
    ({"f": "custom.passport", "op": "filled"}, "Ada"),
    ({"not": {"f": "custom.height", "op": "ge", "v": 1}}, "Cleo"),
)


def test_lists_are_narrowed_by_every_type(manager, people_with_all):
    for where, names in FOUND:
        shown = listed(manager, where)
        assert {name for name in ("Ada", "Bob", "Cleo") if name in shown} == set(names.split()), where
        wanted = tree.read("customer", where)
        for one in people_with_all:
            known = facts.fetch(wanted, one.person_id, here_and_now())
            verdict = memory.evaluate(wanted, known, here_and_now())
            assert verdict.holds == (one.last_name in names.split()), where
        asked = urlencode({"where": json.dumps(where)})
        why = manager.get(f"/filters/customer/why/{people_with_all[0].person_id}?{asked}")
        assert why.status_code == 200, where


def test_the_builder_offers_fields_with_what_can_be_asked(manager, people_with_all):
    for key, value in (
        ("size", 'value="l"'),
        ("likes", 'value="milk"'),
        ("born", "in the last"),
        ("height", "at least"),
    ):
        form = {"r.n": "1", "r.kind": "all", "r.0.s": f"f:custom.{key}", "do": ""}
        assert value in manager.post("/filters/customer", form).get_data(as_text=True), key
    form = {"r.n": "1", "r.kind": "all", "r.0.s": "f:custom.height", "r.0.op": "ge", "r.0.v": "1.5", "do": "show"}
    assert "1.5" in manager.post("/filters/customer", form).headers["Location"]


def test_a_list_shows_fields_as_columns_in_no_more_statements(manager, people_with_all):
    manager.get("/customers")
    with counted() as before:
        manager.get("/customers?columns=name,stage")
    keys = "nick,height,budget,born,size,likes,member,passport"
    address = "/customers?columns=name," + ",".join(f"custom.{key}" for key in keys.split(","))
    with counted() as statements:
        shown = text_of(manager.get(address))
    assert len(statements) == len(before) <= 8
    for words in ("Countess", "1.75", "£50.00", "5 May 1990", "Tea, Milk", "Yes", "X1"):
        assert words in shown


def test_search_finds_what_is_meant_to_be_found(manager, define):
    define("Licence plate", is_searched=True)
    define("Remark")
    add("Ada", licence_plate="KA-PX 4711", remark="hidden words")
    add("Bob", licence_plate="HD-AA 1")
    assert "Ada" in text_of(manager.get("/customers?q=ka-px"))
    assert "Bob" not in text_of(manager.get("/customers?q=ka-px"))
    assert "Ada" in text_of(manager.get("/search?q=4711"))
    assert "Ada" not in text_of(manager.get("/customers?q=hidden"))


def test_files_bring_values_and_are_refused_for_what_makes_no_sense(define, db):
    define("Size", "choice", options=["Small", "Large"])
    define("Born", "date")
    define("Member no", is_unique=True)
    lines = ("A,a@x.lt,large,31/12/1960,1", "B,b@x.lt,huge,,2", "C,c@x.lt,small,,1", "D,d@x.lt,,,")
    made = bring_in("customers", "\n".join(("last name,email,Size,Born,Member no", *lines)))
    assert counts(made) == {"created": 2, "rejected": 2}
    assert reasons(made) == {
        3: "Size: Choose one of Small, Large.",
        4: "Member no: Another customer has this already.",
    }
    found = db.scalar(text("SELECT custom FROM customers WHERE email = 'a@x.lt'"))
    assert found == {"size": "large", "born": "1960-12-31", "member_no": "1"}
    again = bring_in("customers", "email,Size\na@x.lt,small\nd@x.lt,\n")
    assert counts(again) == {"updated": 1, "unchanged": 1}
    assert db.scalar(text("SELECT custom ->> 'born' FROM customers WHERE email = 'a@x.lt'")) == "1960-12-31"


def test_a_file_without_what_is_required_makes_nobody_new(define, db):
    define("Size", "choice", options=["Small"], is_required=True)
    made = bring_in("customers", "email,Size\na@x.lt,small\nb@x.lt,\n")
    assert reasons(made) == {3: "Size: Please fill this in."}


def test_the_mapping_offers_fields_and_the_preview_shows_them(browser, define, db):
    admin = browser(make_employee("admin"))
    define("Shoe size", "number")
    here = address_of(send(admin, "last name,shoe size\nLovelace,38.5\n"))
    assert "Shoe size" in text_of(admin.get(f"{here}/columns"))
    assert "38.5" in text_of(admin.get(f"{here}/preview"))


def test_another_process_knows_at_the_next_request(manager, db):
    manager.get("/customers/new")
    with database.engine.begin() as other:  # as another process writes, and tells
        other.execute(
            text(
                "INSERT INTO custom_fields (field_id, kind, key, label, type, position, created_at)"
                " VALUES (uuidv7(), 'customer', 'nick', 'Nick', 'text', 1, now())"
            )
        )
    redis.client.set(known.TOKEN, "somebody else's")
    assert 'name="custom.nick"' in manager.get("/customers/new").get_data(as_text=True)
    with counted() as statements:
        manager.get("/customers/new")
    assert not [one for one in statements if "custom_fields" in one]


def test_without_redis_fields_are_there_all_the_same(manager, define, monkeypatch):
    define("Nick")
    monkeypatch.setattr(redis, "attempt", lambda _command, default: default)
    monkeypatch.setattr(known, "BLIND_SECONDS", 0)
    assert 'name="custom.nick"' in manager.get("/customers/new").get_data(as_text=True)


def test_jobs_know_fields_too(define, manager, work, db):
    define("Nick")
    add("Ada", nick="x")
    where = {"f": "custom.nick", "op": "is", "v": "x"}
    found = set(database.session.scalars(sql.ids(tree.read("customer", where), here_and_now())))
    assert len(found) == 1


def test_a_file_of_a_list_has_the_columns(manager, people_with_all):
    keys = "nick,height,budget,born,likes,member,passport"
    query = "columns=name," + ",".join(f"custom.{key}" for key in keys.split(",")) + "&sort=name"
    made = manager.post("/exports", {"list": "/customers", "query": query, "everything": "1", "format": "csv"})
    lines = manager.get(f"{made.location}/file").get_data().decode("utf-8-sig").splitlines()
    assert lines[0] == 'Customer,Nick,Height,Budget,"Budget, currency",Born,Likes,Member,Passport'
    assert lines[1] == 'Ada,Countess,1.75,50.00,GBP,1990-05-05,"Tea, Milk",Yes,X1'
    assert lines[3] == "Cleo,,,,,,,,"
