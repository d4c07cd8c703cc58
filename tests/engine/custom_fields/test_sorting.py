"""Lists are sorted by custom fields: page by page, those without a value last, by an index where the list is long."""

import pytest
from sqlalchemy import text

from app.accounts import sign_ins
from app.core.access import SYSTEM
from app.core.db import db as database
from app.core.errors import Invalid
from app.core.paging import LAST
from app.deals.models import Stage
from app.deals.queries import deals
from app.engine.custom_fields import actions, definitions, indexes
from app.people import actions as people
from app.people import queries
from app.people.queries import CustomerFilter
from app.tasks import queries as tasks
from tests.browser_client import text_of
from tests.factories import make_deal, make_employee, make_product, make_task
from tests.statements import scanned

VALUES = {
    "text": ["b", "", "a", "a", None],
    "number": [10, 2, None, -1.5, 2],
    "money": [500, None, 20, 0, None],
    "date": ["2026-01-31", None, "1999-12-31", "2026-01-30", None],
    "choice": ["small", "large", None, "medium", "small"],
    "yes": [True, None, False, True, None],
}


def add(number, **custom):
    details = people.CustomerDetails(last_name=f"C{number}")
    return people.register_customer(details, actor=SYSTEM, custom=custom)


def walk(sort, *, size=2, cursor="", way="next", group="", **wanted):
    """All names of a list, walked page by page."""
    names = []
    for _page in range(10):
        page = queries.list_customers(
            SYSTEM, CustomerFilter(**wanted), sort=sort, cursor=cursor, country_code="GB", size=size, group=group
        )
        found = [one.last_name for one in page.rows]
        names = names + found if way == "next" else found + names
        cursor = getattr(page, way)
        if cursor is None:
            return names
    raise AssertionError("the list never ends")


@pytest.mark.parametrize("type_key", VALUES)
def test_pages_follow_each_other_whatever_the_type(define, type_key):
    define("It", type_key, options=["Small", "Medium", "Large"] if type_key == "choice" else ())
    for number, value in enumerate(VALUES[type_key]):
        add(number, **({} if value is None else {"it": value}))
    ranks = {key: number for number, key in enumerate(("small", "medium", "large"))}
    said = [None if one in (None, "") else ranks.get(one, one) for one in VALUES[type_key]]
    named = sorted((one, number) for number, one in enumerate(said) if one is not None)
    upwards = [f"C{number}" for _value, number in named] + [f"C{n}" for n, one in enumerate(said) if one is None]
    assert walk("custom.it") == walk("custom.it", cursor=LAST, way="previous") == upwards
    assert walk("-custom.it") == walk("-custom.it", cursor=LAST, way="previous") == upwards[::-1]
    assert walk("custom.it", q="C") == upwards
    everything = queries.select_customers(SYSTEM, CustomerFilter(), "GB", sort="custom.it", group="")
    assert [one.last_name for one in database.session.scalars(everything)] == upwards


@pytest.mark.parametrize("type_key", VALUES)
@pytest.mark.parametrize("group", ["country", "owner"])
def test_rows_within_a_group_follow_the_sort(define, type_key, group):
    define("It", type_key, options=["Small", "Medium", "Large"] if type_key == "choice" else ())
    erin = make_employee().person_id
    said = []
    for number, value in enumerate(VALUES[type_key] * 2):
        country, owner_id = ("Norway", erin) if number % 2 else ("France", None)
        details = people.CustomerDetails(last_name=f"C{number}", country=country, owner_id=owner_id)
        people.register_customer(details, actor=SYSTEM, custom={} if value is None else {"it": value})
        rank = {"small": 0, "medium": 1, "large": 2}.get(value, value) if type_key == "choice" else value
        leads = number % 2 == (1 if group == "country" else 0)
        said.append((leads, rank in (None, ""), 0 if rank in (None, "") else rank, number))
    upwards = [f"C{number}" for *_rest, number in sorted(said)]
    assert walk("custom.it", group=group) == walk("custom.it", group=group, cursor=LAST, way="previous") == upwards
    assert walk("-custom.it", group=group) == upwards[::-1]
    everything = queries.select_customers(SYSTEM, CustomerFilter(), "GB", sort="custom.it", group=group)
    assert [one.last_name for one in database.session.scalars(everything)] == upwards


def test_the_list_offers_it_at_once_and_turns_it_round(browser, define, db):
    manager = browser(make_employee("manager"))
    define("Shoe", "number")
    for number, value in enumerate((44, 38, None)):
        add(number, **({} if value is None else {"shoe": value}))
    db.commit()
    page = manager.get("/customers?columns=name,custom.shoe&sort=custom.shoe")
    assert text_of(page).index("C1") < text_of(page).index("C0") < text_of(page).index("C2")
    assert "sort=-custom.shoe" in page.text
    assert "Shoe, smallest first" in manager.get("/views/columns?list=/customers&query=").text
    grouped = text_of(manager.get("/customers?columns=name,custom.shoe&sort=-custom.shoe&group=stage"))
    assert grouped.index("C2") < grouped.index("C0") < grouped.index("C1")
    asked = {"list": "/customers", "query": "sort=-custom.shoe"}
    made = manager.post("/exports", {**asked, "everything": "1", "format": "csv"})
    assert made.status_code == 303


def test_what_cannot_be_sorted_is_refused(define):
    define("Passport", is_sensitive=True)
    define("Gone")
    for sort in ("custom.passport", "custom.nothing", "custom.a'b"):
        with pytest.raises(Invalid):
            walk(sort)


def test_values_left_from_another_type_stand_last(define, db):
    define("It", "date")
    add(0, it="2026-01-31")
    odd = add(1)
    db.commit()
    db.execute(text("UPDATE customers SET custom = '{\"it\": 12}' WHERE person_id = :id"), {"id": odd.person_id})
    db.commit()
    assert walk("custom.it", size=1) == ["C0", "C1"]


def test_products_companies_and_deals_too(browser, define, db):
    manager = browser(make_employee("manager"))
    define("Shelf", kind="product")
    define("Rank", "number", kind="deal")
    define("Floor", kind="company")
    make_product(name="Lamp", custom={"shelf": "B"})
    make_product(name="Rug", custom={"shelf": "A"})
    shown = text_of(manager.get("/products?sort=custom.shelf"))
    assert shown.index("Rug") < shown.index("Lamp")
    for path in ("/deals?sort=custom.rank&view=", "/companies?sort=custom.floor", "/api/v1/products?sort=custom.shelf"):
        assert manager.get(path).status_code in (200, 401), path


def test_deals_by_the_day_they_are_expected_go_on_to_the_next_page(browser, db):
    for day in ("2026-01-31", "2026-02-01"):
        make_deal(expected_on=day)
    first = deals.list_deals(SYSTEM, deals.DealFilter(), sort="expected", size=1)
    second = deals.list_deals(SYSTEM, deals.DealFilter(), sort="expected", size=1, cursor=first.next)
    assert [str(one.expected_on) for one in (*first.rows, *second.rows)] == ["2026-01-31", "2026-02-01"]


def test_grouped_deals_and_tasks_follow_a_day_that_may_be_missing(db):
    stage, erin = make_deal(title="A").stage_id, make_employee("manager")
    for title, day in (("B", "2026-02-01"), ("C", None), ("D", "2026-01-31")):
        make_deal(db.get(Stage, stage), title=title, expected_on=day)
    for title, hours in (("Z", None), ("Y", 48), ("X", 24)):
        make_task(title, erin, in_hours=hours)

    def titles(page_of, read):
        found, cursor = [], ""
        while cursor is not None:
            page = page_of(cursor)
            found += [read(row) for row in page.rows]
            cursor = page.next
        return found

    by_day = {"sort": "expected", "group": "stage", "size": 1}
    named = titles(lambda at: deals.list_deals(SYSTEM, deals.DealFilter(), cursor=at, **by_day), lambda row: row.title)
    assert (named[:2], set(named[2:])) == (["D", "B"], {"A", "C"})
    by_day = {"sort": "due", "group": "kind", "size": 1}
    wanted = tasks.TaskFilter(whose="all")
    actor = sign_ins.actor_for(erin.person_id)
    assert titles(lambda at: tasks.list_tasks(actor, wanted, cursor=at, **by_day), lambda row: row.task.title) == [
        "X",
        "Y",
        "Z",
    ]


@pytest.mark.slow
def test_a_long_list_gets_an_index_that_is_used_and_follows_the_definition(define, work, db, monkeypatch):
    size = define("Size", "choice", options=["S", "L"])
    define("Nick")
    for number in range(300):
        add(number, nick=f"n{number}", size="s")
    db.commit()
    db.execute(text("ANALYZE customers"))
    work()
    indexes.keep_up()
    db.commit()
    assert work() == 0
    monkeypatch.setattr(indexes, "LONG_LIST", 100)
    indexes.keep_up()
    db.commit()
    work()
    before = set(indexes._wanted())
    assert len(before) == 2
    assert not indexes._missing()
    db.execute(text("SET LOCAL enable_sort = off"))
    for sort in ("custom.nick", "-custom.nick", "custom.size"):
        with scanned() as read_whole:
            queries.list_customers(SYSTEM, CustomerFilter(), sort=sort, country_code="GB")
        assert "customers" not in read_whole, sort
    wanted = actions.FieldDetails("Size", "choice", [("l", "L"), ("s", "S"), ("", "XL")])
    actions.edit_field(size, wanted, actor=SYSTEM)
    db.commit()
    indexes.keep_up()
    db.commit()
    work()
    assert len(set(indexes._present()) & before) == 1
    assert len(indexes._present()) == 2
    monkeypatch.setattr(indexes, "LONG_LIST", 10_000)
    indexes.keep_up()
    db.commit()
    work()
    assert indexes._present() == {}
    assert definitions.find("customer", "size")
