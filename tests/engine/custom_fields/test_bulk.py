"""Custom fields are changed in many rows of a list at once, and given back by one Undo."""

import pytest
from sqlalchemy import select, text

from app.core.access import SYSTEM, Actor, acting_as
from app.engine.bulk import actions as bulk
from app.engine.bulk.models import BulkRow
from app.engine.changes.models import ChangeSet
from app.engine.custom_fields import actions, values
from app.engine.events.models import Event
from app.engine.views.columns import LISTS
from app.people import actions as people
from app.people.models import Customer
from tests.factories import make_employee, make_product


@pytest.fixture
def page(browser):
    return browser(make_employee("manager", first_name="Alice", last_name="Arden"))


def blind(db):
    """Somebody who may not read personal data."""
    db.execute(text("INSERT INTO changed_grants VALUES ('agent', 'pii.read', NULL)"))
    db.commit()
    return make_employee("agent")


def add(db, name, **custom):
    made = people.register_customer(people.CustomerDetails(last_name=name), actor=SYSTEM, custom=custom)
    db.commit()
    return made


def held(db, key="size"):
    db.expire_all()
    return [one.custom.get(key) for one in db.scalars(select(Customer).order_by(Customer.last_name))]


def send(page, rows, **typed):
    ids = [row.person_id for row in rows]
    data = {"list": "/customers", "query": "", "do": "edit", "id": ids, "expected": len(ids)}
    return page.post("/bulk", data=data | typed)


def set_(key, value):
    return {f"set_custom.{key}": "1", f"custom.{key}": value}


def test_a_field_is_set_where_it_differs_told_and_undone(db, page, define):
    define("Size", "choice", options=["S", "L"])
    rows = [add(db, "A", size="s"), add(db, "B", size="l"), add(db, "C")]
    send(page, rows, **set_("size", "l"))
    assert held(db) == ["l", "l", "l"]
    assert sorted(db.scalars(select(BulkRow.outcome))) == ["changed", "changed", "unchanged"]
    told = db.scalars(select(Event).where(Event.type == "customer.updated")).all()
    assert {one.subject_id for one in told} == {rows[0].person_id, rows[2].person_id}
    assert told[0].payload == {"fields": ["custom.size"]}
    made = db.scalars(select(ChangeSet)).one()
    assert made.label == "Edited 3 customers: size"
    page.post(f"/changes/{made.change_set_id}/undo")
    assert held(db) == ["s", "l", None]


@pytest.mark.parametrize(
    "case",
    [
        ("text", " a  b ", "a b"),
        ("number", "1.5", 1.5),
        ("money", "12.50", 1250),
        ("date", "2026-01-31", "2026-01-31"),
        ("yes", "no", False),
        ("several", ["tea", "milk"], ["tea", "milk"]),
        ("link", "example.com", "https://example.com"),
    ],
)
def test_every_type_can_be_set_and_emptied(db, page, define, case):
    type_key, typed, stored = case
    define("Size", type_key, options=["Tea", "Coffee", "Milk"] if type_key == "several" else ())
    row = add(db, "A")
    form = page.get(f"/bulk/new?list=/customers&query=&do=edit&id={row.person_id}").text
    assert 'name="custom.size"' in form
    send(page, [row], **set_("size", typed))
    assert held(db) == [stored]
    send(page, [row], **set_("size", ""))
    assert held(db) == [None]


def test_what_makes_no_sense_is_refused_beside_its_field(db, page, define):
    define("Size", "number")
    define("Branch", is_required=True)
    define("Card", is_unique=True)
    row = add(db, "A", branch="North")
    refused = send(page, [row], **set_("size", "huge"), **set_("branch", ""))
    assert refused.status_code == 422
    assert "Enter a number such as 12 or 1.75." in refused.text
    assert "This must be filled in everywhere." in refused.text
    assert "custom.card" not in refused.text
    assert held(db, "branch") == ["North"]


def test_a_sensitive_field_is_sealed_for_each_and_offered_to_whom_may_read_it(db, page, browser, define):
    field = actions.definition_of(define("Passport", is_sensitive=True))
    rows = [add(db, "A", passport="X1"), add(db, "B")]
    send(page, rows, **set_("passport", "Y2"))
    db.expire_all()
    stored = [one.custom for one in rows]
    assert [values.plain(field, one.person_id, one.custom) for one in rows] == ["Y2", "Y2"]
    assert stored[0]["passport"]["sealed"] != stored[1]["passport"]["sealed"]
    bob = blind(db)
    assert (
        "custom.passport"
        not in browser(bob).get(f"/bulk/new?list=/customers&query=&do=edit&id={rows[0].person_id}").text
    )


def test_a_field_archived_meanwhile_fails_the_run_not_the_worker(db, page, define, work, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    field, row = define("Size"), add(db, "A")
    report = send(page, [row], **set_("size", "S")).location
    actions.archive_field(field, actor=SYSTEM)
    db.commit()
    work()
    assert "not there any more" in page.get(report).text
    assert held(db) == [None]


def test_fields_of_other_kinds_too(db, page, define):
    define("Shelf", kind="product")
    product = make_product()
    data = {"list": "/products", "query": "", "do": "edit", "id": product.product_id, "expected": "1"}
    page.post("/bulk", data=data | set_("shelf", "B7"))
    db.expire_all()
    assert product.custom == {"shelf": "B7"}


def test_lists_show_what_is_sensitive_to_whom_may_read_it_alone(db, page, browser, define):
    define("Passport", is_sensitive=True)
    add(db, "Ada", passport="L01X00T47")
    address = "/customers?columns=name,custom.passport"
    assert "L01X00T47" in page.get(address).text
    bob = blind(db)
    shown = browser(bob).get(address).text
    assert "L01X00T47" not in shown
    assert "L01****0T47" in shown


def test_a_column_read_by_a_job_is_as_whoever_asked_sees_it(db, define):
    define("Passport", is_sensitive=True)
    ada = add(db, "Ada", passport="L01X00T47")
    column = LISTS["/customers"].columns["custom.passport"]
    for granted, said in (({"pii.read": "all"}, "L01X00T47"), ({}, "L01****0T47")):
        with acting_as(Actor(id=None, kind="employee", name="Job", role="agent", grants=granted)):
            assert column.value(ada) == said
