"""The page where fields are defined, and what becomes of values when a field changes."""

import pytest
from sqlalchemy import text

from app.core.access import SYSTEM
from app.core.db import db as database
from app.engine.custom_fields import actions, definitions
from app.engine.custom_fields.kinds import KINDS
from app.engine.custom_fields.models import CustomField
from app.people import actions as people
from tests.browser_client import text_of
from tests.factories import make_employee

HOSTILE = (
    "'; DROP TABLE customers; --",
    '"><script>alert(1)</script>',
    "{{ 7*7 }}",
    "${x}",
    "名前",
    "𝕏" * 20,
    "a" * 80,
)


@pytest.fixture
def admin(browser, db):
    return browser(make_employee("admin"))


def add(**custom):
    made = people.register_customer(people.CustomerDetails(last_name="Lovelace"), actor=SYSTEM, custom=custom)
    database.session.commit()
    return made


def custom_of(db, person_id):
    db.rollback()
    return db.scalar(text("SELECT custom FROM customers WHERE person_id = :id"), {"id": person_id})


def test_only_whoever_may_defines_fields(browser, define, db):
    made = define("Nick")
    manager = browser(make_employee("manager"))
    for path in ("/settings/fields", "/settings/fields/new", f"/settings/fields/{made.field_id}"):
        assert manager.get(path).status_code == 403
    assert manager.post("/settings/fields", {"label": "x"}).status_code == 403


@pytest.mark.parametrize("label", HOSTILE)
def test_any_name_is_only_a_name(admin, db, label):
    form = {
        "of": "customer",
        "label": label,
        "type": "choice",
        "more_options": label,
        "heading": label[:60],
        "help": label,
    }
    made = admin.post("/settings/fields", form)
    assert made.status_code == 303, text_of(made)
    field = db.query(CustomField).one()
    assert field.label == label
    for path in ("/settings/fields", f"/settings/fields/{field.field_id}", "/customers/new"):
        page = admin.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.get_data(as_text=True)
    option = field.options[0]["key"]
    shown = admin.post("/customers", {"last_name": "A", f"custom.{field.key}": option})
    assert shown.status_code == 303
    answer = admin.get("/customers", query_string={"columns": f"name,custom.{field.key}"})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"label": ""}, "Name the field."),
        ({"label": "a" * 81}, "Use at most 80 characters."),
        ({"label": "a\x00"}, "cannot be stored"),
        ({"label": "x", "type": "sql"}, "Choose one of the types."),
        ({"label": "x", "type": "choice"}, "Name at least one option."),
        ({"label": "x", "type": "choice", "more_options": "\n".join(map(str, range(10_000)))}, "at most 500 options"),
        ({"label": "x", "type": "choice", "more_options": "A\na"}, "Two options are called the same."),
        ({"label": "x", "type": "date", "is_unique": "y"}, "can be different for each"),
        ({"label": "x", "type": "choice", "more_options": "A", "is_sensitive": "y"}, "cannot be sensitive"),
        ({"label": "x", "is_sensitive": "y", "is_searched": "y"}, "can be searched for"),
        ({"label": "x", "type": "number", "initial": "many"}, "Enter a number"),
        ({"label": "x", "is_unique": "y", "initial": "1"}, "starts empty"),
    ],
)
def test_what_makes_no_field_is_said(admin, db, form, told):
    refused = admin.post("/settings/fields", {"of": "customer", "type": "text", **form})
    assert refused.status_code == 422
    assert told in text_of(refused)
    assert db.query(CustomField).count() == 0


def test_a_second_field_of_the_name_is_refused_and_a_double_click_is_one(admin, define, db):
    define("Größe")
    again = admin.post("/settings/fields", {"of": "customer", "label": "GRÖSSE", "type": "text"})
    assert "Another field is called so." in text_of(again)
    nick = {"of": "customer", "label": "Nick", "type": "text", "once": "x" * 22}
    for _click in range(2):
        assert admin.post("/settings/fields", nick).status_code == 303
    assert db.query(CustomField).count() == 2


def test_renaming_keeps_values_and_order_is_changed_by_buttons(admin, define, db):
    first, second = define("Nick"), define("Size")
    ada = add(nick="A")
    admin.post(f"/settings/fields/{first.field_id}", {"label": "Known as", "type": "text"})
    page = text_of(admin.get(f"/customers/{ada.person_id}"))
    assert "Known as A" in page
    moved = admin.post("/settings/fields/order", {"of": "customer", "do": "down:nick"})
    assert moved.status_code == 303
    definitions.refresh()
    assert [one.key for one in definitions.of("customer")] == ["size", "nick"]
    admin.post("/settings/fields/order", {"of": "customer", "do": "move:nick:fields:0"}, fragment=True)
    definitions.refresh()
    assert [one.key for one in definitions.of("customer")] == ["nick", "size"]
    for nonsense in ("move:ghost:fields:0", "up", "", "move:nick:fields:x", "down:" + "9" * 400):
        assert admin.post("/settings/fields/order", {"of": "customer", "do": nonsense}).status_code == 303
    assert second.key == "size"


def test_archived_is_nowhere_and_comes_back_with_its_values(admin, define, db):
    made = define("Nick")
    ada = add(nick="Countess")
    here = f"/settings/fields/{made.field_id}"
    admin.post(f"{here}/archive")
    assert 'name="custom.nick"' not in admin.get("/customers/new").get_data(as_text=True)
    assert "Countess" not in text_of(admin.get(f"/customers/{ada.person_id}"))
    asked = admin.get("/customers", query_string={"where": '{"f":"custom.nick","op":"filled"}'})
    assert asked.status_code == 422
    assert "custom.nick" in text_of(asked)
    assert admin.post(here, {"label": "x", "type": "text"}).status_code == 409
    listed = text_of(admin.get("/settings/fields"))
    assert "Archived" in listed
    assert "1 filled in" in listed
    define("Nick")
    assert admin.post(f"{here}/archive/delete").status_code == 422
    other = next(one for one in definitions.of("customer") if one.label == "Nick")
    admin.post(f"/settings/fields/{other.field_id}", {"label": "Other", "type": "text"})
    assert admin.post(f"{here}/archive/delete").status_code == 303
    assert "Countess" in text_of(admin.get(f"/customers/{ada.person_id}"))


def test_options_are_renamed_go_and_come_back(admin, define, db):
    made = define("Size", "choice", options=["Small", "Large", "Unused"])
    ada = add(size="large")
    here = f"/settings/fields/{made.field_id}"
    form = {"label": "Size", "type": "choice", "option_key": ["small", "large", "unused"]}
    admin.post(here, {**form, "option_label": ["Tiny", "", ""], "more_options": "Huge"})
    page = text_of(admin.get(f"/customers/{ada.person_id}"))
    assert "Size Large (gone)" in page
    edit = admin.get(f"/customers/{ada.person_id}/edit").get_data(as_text=True)
    assert '<option selected value="large">Large (gone)</option>' in edit
    new = admin.get("/customers/new").get_data(as_text=True)
    assert "Large" not in new
    assert "Unused" not in new
    assert "Tiny" in new
    kept = admin.post(f"/customers/{ada.person_id}", {"last_name": "B", "stage": "customer", "custom.size": "large"})
    assert kept.status_code == 303
    back = {"label": "Size", "type": "choice", "option_key": ["small", "huge"], "option_label": ["Tiny", "Huge"]}
    admin.post(here, {**back, "more_options": "large"})
    assert "Size large" in text_of(admin.get(f"/customers/{ada.person_id}"))


@pytest.mark.parametrize(
    ("before", "options", "value", "after", "becomes"),
    [
        ("text", (), "12", "number", 12),
        ("number", (), 12.5, "text", "12.5"),
        ("text", (), "2026-01-31", "date", "2026-01-31"),
        ("choice", ("Red", "Blue"), "red", "text", "Red"),
        ("text", (), "Deep red", "choice", "deep_red"),
        ("choice", ("Red", "Blue"), "red", "several", ["red"]),
        ("several", ("Red", "Blue"), ["red", "blue"], "text", "Red, Blue"),
        ("text", (), "yes", "yes", True),
        ("money", (), 1250, "number", 12.5),
        ("text", (), "example.com", "link", "https://example.com"),
    ],
)
def test_another_type_takes_the_values_along(admin, define, db, before, options, value, after, becomes):  # noqa: PLR0917
    made = define("It", before, options=options)
    ada = add(it=value)
    changed = admin.post(f"/settings/fields/{made.field_id}", {"label": "It", "type": after})
    assert changed.status_code == 303, text_of(changed)
    assert custom_of(db, ada.person_id) == {"it": becomes}
    assert admin.get(f"/customers/{ada.person_id}").status_code == 200


def test_another_type_is_refused_with_the_number_of_what_would_not_fit(admin, define, db):
    made = define("It")
    add(it="12")
    ada = add(it="abc")
    refused = admin.post(f"/settings/fields/{made.field_id}", {"label": "It", "type": "number"})
    assert refused.status_code == 422
    assert "1 of 2 values are not of the type number, such as “abc”." in text_of(refused)
    assert custom_of(db, ada.person_id) == {"it": "abc"}


def test_a_sensitive_field_changes_its_type_sealed(admin, define, db):
    made = define("It", is_sensitive=True)
    ada = add(it="12")
    form = {"label": "It", "type": "number", "is_sensitive": "y"}
    assert admin.post(f"/settings/fields/{made.field_id}", form).status_code == 303
    assert set(custom_of(db, ada.person_id)["it"]) == {"sealed", "index"}
    assert "It 12" in text_of(admin.get(f"/customers/{ada.person_id}"))
    plainer = {"label": "It", "type": "number"}
    assert admin.post(f"/settings/fields/{made.field_id}", plainer).status_code == 422


def test_different_for_each_is_taken_where_it_is_true(admin, define, db):
    made = define("It")
    add(it="a")
    other = add(it="A")
    here, form = f"/settings/fields/{made.field_id}", {"label": "It", "type": "text", "is_unique": "y"}
    refused = admin.post(here, form)
    assert refused.status_code == 422
    assert "1 value is shared by several customers" in text_of(refused)
    people.edit_customer(other, {"custom.it": "b"}, actor=SYSTEM)
    db.commit()
    assert admin.post(here, form).status_code == 303
    assert admin.post("/customers", {"last_name": "C", "custom.it": "B"}).status_code == 422
    admin.post(here, {"label": "It", "type": "text"})
    assert admin.post("/customers", {"last_name": "C", "custom.it": "B"}).status_code == 303


def test_found_by_search_from_now_on(admin, define, db):
    made = define("Plate")
    add(plate="KA-PX 4711")
    assert "Lovelace" not in text_of(admin.get("/customers?q=4711"))
    admin.post(f"/settings/fields/{made.field_id}", {"label": "Plate", "type": "text", "is_searched": "y"})
    assert "Lovelace" in text_of(admin.get("/customers?q=4711"))


def test_there_are_so_many_fields_and_no_more(define, db, monkeypatch):
    monkeypatch.setattr(actions, "MOST_FIELDS", 2)
    define("A")
    define("B")
    with pytest.raises(Exception, match="That is the most"):
        define("C")
    db.rollback()


def test_definitions_are_in_the_audit_trail(admin, define, db):
    define("Nick")
    assert db.scalar(text("SELECT count(*) FROM audit_log WHERE table_name = 'custom_fields'")) == 1
    assert "custom fields" in text_of(admin.get("/audit")).lower()


def test_a_kind_that_has_no_fields_is_not_there(admin):
    assert admin.get("/settings/fields?of=ghost").status_code == 404
    assert "customer" in KINDS
