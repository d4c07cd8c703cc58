"""The builder: its form is the whole tree, each button one change of it."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from app.core.db import db as database
from app.engine.filters import forms
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee

HERE = "/filters/customer"


@pytest.fixture
def manager(browser, db):
    return browser(make_employee("manager"))


def where_of(answer) -> str:
    assert answer.status_code == 303, text_of(answer)[:2000]
    return parse_qs(urlsplit(answer.headers["Location"]).query)["where"][0]


def test_a_filter_is_built_with_plain_forms(manager, db):
    make_customer(first_name="Carla", country="Norway")
    make_customer(first_name="Olaf", country="Sweden")
    empty = manager.get(f"{HERE}?next=/customers")
    assert "What to ask about" in empty.get_data(as_text=True)
    form = {"r.n": "1", "r.kind": "all", "next": "/customers?sort=created", "r.0.s": "f:country"}
    asked = manager.post(HERE, {**form, "do": ""}).get_data(as_text=True)
    assert 'value="Norway"' in asked
    shown = manager.post(HERE, {**form, "r.0.op": "in", "r.0.v": ["Norway"], "do": "show"})
    assert where_of(shown) == '{"all":[{"f":"country","op":"in","v":["Norway"]}]}'
    listed = text_of(manager.get(shown.headers["Location"]))
    assert "Carla" in listed
    assert "Olaf" not in listed
    assert "Country is Norway" in listed


def test_groups_and_conditions_come_and_go(manager):
    form = {"r.n": "1", "r.kind": "any", "r.0.s": "f:stage", "r.0.op": "empty"}
    grown = manager.post(HERE, {**form, "do": "group:r"}, fragment=True).get_data(as_text=True)
    assert 'name="r.1.n" value="1"' in grown
    assert 'name="r.1.0.s"' in grown
    more = {**form, "r.n": "2", "r.1.n": "1", "r.1.kind": "all", "r.1.0.s": "f:country", "r.1.0.op": "filled"}
    moved = manager.post(HERE, {**more, "do": "up:r.1"}, fragment=True).get_data(as_text=True)
    assert 'name="r.0.n"' in moved
    assert "Country is filled in or Stage is empty" in moved
    fewer = manager.post(HERE, {**more, "do": "remove:r.1"}, fragment=True).get_data(as_text=True)
    assert 'name="r.1.n"' not in fewer


def test_a_condition_is_moved_into_and_out_of_groups(manager):
    form = {
        **{"r.n": "2", "r.kind": "all", "r.0.s": "f:stage", "r.0.op": "empty"},
        **{"r.1.n": "2", "r.1.kind": "any", "r.1.0.s": "f:country", "r.1.0.op": "filled"},
        **{"r.1.1.s": "f:email", "r.1.1.op": "filled"},
    }

    def after(what: str) -> str:
        return text_of(manager.post(HERE, {**form, "do": what}, fragment=True))

    assert "(Country is filled in or Stage is empty or Email is filled in)" in after("move:r.0:r.1:1")
    assert "Email is filled in and Stage is empty and Country is filled in" in after("move:r.1.1:r:0")
    assert "Country is filled in or Email is filled in) and Stage is empty" in after("move:r.1:r:0")
    as_it_was = "Stage is empty and (Country is filled in or Email is filled in)"
    for nonsense in ("r.1:r.1:0", "r:r.1:0", "r.7:r:0", "r.0:r.9:0", "r.0:r.1", "x:r:0", "::", "r.0:r.1:-1"):
        assert as_it_was in after(f"move:{nonsense}"), nonsense


def test_what_narrows_purchases_stays_among_them(manager):
    form = {
        **{"r.n": "2", "r.kind": "all", "r.0.s": "f:stage", "r.0.op": "empty"},
        **{"r.1.s": "agg:count:purchases", "r.1.op": "ge", "r.1.v": "1"},
        **{"r.1.w.n": "1", "r.1.w.kind": "all", "r.1.w.0.s": "f:source", "r.1.w.0.op": "in", "r.1.w.0.v": "staff"},
    }
    for what in ("move:r.0:r.1.w:0", "move:r.1.w.0:r:0", "move:r.1.w:r:0"):
        moved = manager.post(HERE, {**form, "do": what}, fragment=True).get_data(as_text=True)
        assert 'name="r.1.w.0.s"' in moved, what


def test_purchases_are_counted_within_days_and_narrowed(manager):
    form = {
        "r.n": "1",
        "r.kind": "not_all",
        "r.0.s": "agg:sum:purchases.kept",
        "r.0.op": "ge",
        "r.0.v": "1,234.50",
        "r.0.win": "90",
        "r.0.winu": "d",
        "r.0.w.n": "1",
        "r.0.w.kind": "all",
        "r.0.w.0.s": "f:source",
        "r.0.w.0.op": "in",
        "r.0.w.0.v": ["customer"],
        "do": "show",
    }
    where = where_of(manager.post(HERE, form))
    assert where == (
        '{"not":{"all":[{"agg":"sum","of":"purchases.kept","where":{"all":[{"f":"source","op":"in","v":["customer"]}]},'
        '"window":{"last":"90d"},"op":"ge","v":123450}]}}'
    )
    again = manager.get(HERE, query_string={"where": where}).get_data(as_text=True)
    assert 'value="1234.50"' in again
    assert '<option value="not_all" selected>' in again


def test_what_is_not_finished_is_marked_and_nothing_is_lost(manager):
    form = {"r.n": "2", "r.kind": "all", "r.0.s": "f:created", "r.0.op": "last", "r.0.v": "many", "r.1.s": "f:stage"}
    answer = manager.post(HERE, {**form, "do": "show"})
    assert answer.status_code == 422
    page = text_of(answer)
    assert "Finish what is marked" in page
    assert "Enter a length of time" in page
    assert 'value="many"' in answer.get_data(as_text=True)
    quiet = manager.post(HERE, {**form, "r.0.v": "", "do": ""}, fragment=True)
    assert "Finish" not in text_of(quiet)
    assert "All customers" in text_of(quiet)


def test_the_count_comes_with_samples_and_their_reasons(manager):
    carla = make_customer(first_name="Carla", last_name="Moreau", country="Norway")
    make_customer(country="Sweden")
    where = '{"any":[{"f":"country","op":"in","v":["Norway"]},{"agg":"count","of":"purchases","op":"ge","v":3}]}'
    found = text_of(manager.get(f"{HERE}/found", query_string={"where": where}, fragment=True))
    assert "1 passes, such as Carla Moreau" in found
    why = text_of(manager.get(f"{HERE}/why/{carla.person_id}", query_string={"where": where}))
    assert "Carla Moreau is in, because: any of Country is Norway here: Norway" in why
    assert "number of purchases is at least 3 here: 0" in why


@pytest.mark.parametrize(
    "where",
    [
        "{",
        "[]",
        '{"f":"country"}',
        '{"f":"password_hash","op":"is","v":"x"}',
        '{"f":"country; DROP TABLE customers","op":"in","v":["x"]}',
        '{"f":"country","op":"in","v":"Norway"}',
        '{"f":"country","op":"in","v":["a\\u0000b"]}',
        '{"f":"country","op":"in","v":["\\ud800"]}',
        '{"f":"last_name","op":"contains","v":7}',
        '{"f":"created","op":"last","v":"9999999d"}',
        '{"f":"created","op":"on","v":"2026-02-30"}',
        '{"agg":"sum","of":"purchases","op":"ge","v":1}',
        '{"agg":"pg_sleep","of":"purchases","op":"ge","v":1}',
        '{"agg":"count","of":"purchases","op":"ge","v":1e99}',
        '{"all":[],"any":[]}',
        '{"in":"segment","v":"1 OR 1=1"}',
        '{"not":' * 9 + '{"all":[]}' + "}" * 9,
        "[" * 4000,
        '{"all":[' + ",".join(['{"f":"stage","op":"empty"}'] * 101) + "]}",
    ],
)
def test_a_hostile_tree_gets_a_sentence(manager, where):
    for address in ("/customers", HERE, f"{HERE}/found"):
        answer = manager.get(address, query_string={"where": where})
        assert answer.status_code == 422, (address, answer.status_code)


def test_a_list_whose_filter_takes_too_long_is_stopped_and_says_so(manager, monkeypatch):
    monkeypatch.setattr(forms, "LIST_BUDGET", "SET LOCAL statement_timeout = '100ms'")
    where = '{"agg":"count","of":"purchases","op":"ge","v":1}'
    with database.engine.begin() as other:
        other.execute(text("LOCK TABLE receipts IN ACCESS EXCLUSIVE MODE"))
        answer = manager.get("/customers", query_string={"where": where})
    assert answer.status_code == 503
    assert "Ask for less at once" in text_of(answer)


def test_nobody_counts_what_is_not_open_to_them(browser, db):
    assert browser(make_customer()).get("/filters/customer").status_code == 403
    assert browser(make_employee("agent")).get("/filters/employee").status_code == 404
    assert browser(make_employee("agent")).get("/filters/nothing").status_code == 404
