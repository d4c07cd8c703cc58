"""What each list becomes as a file: its rows in its order, those its reader may see, and no formula."""

import csv
import io
from datetime import date

import pytest
from sqlalchemy import text

from app.core.access import SYSTEM
from app.invoices import actions as invoices
from app.tasks.moments import Due
from tests.factories import make_company, make_customer, make_deal, make_employee, make_task
from tests.payments.conftest import make_order
from tests.statements import counted

LISTS = ("companies", "deals", "orders", "invoices", "tasks")


@pytest.fixture
def mona(db):
    return make_employee("manager", first_name="Mona")


@pytest.fixture
def page(browser, mona):
    return browser(mona)


def export(page, path, query, **asked):
    made = page.post("/exports", data={"list": path, "query": query, "everything": "1", "format": "csv", **asked})
    answer = page.get(f"{made.location}/file")
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))


def test_companies(page, mona, db):
    acme = make_company(name="=Acme", owner_id=mona.person_id, country="Peru")
    make_company(name="Bits")
    make_customer(company_id=acme.company_id)
    db.commit()
    rows = export(page, "/companies", "columns=people,owner,country&sort=-name")
    assert rows == [
        ["Company", "People", "Looked after by", "Country"],
        ["Bits", "", "", ""],
        ["'=Acme", "1", mona.name, "Peru"],
    ]


def test_deals(page, mona, db):
    ada = make_customer(first_name="Ada", last_name="Byron")
    make_deal(title="Mugs", customer_id=ada.person_id, owner_id=mona.person_id, value_minor=125050)
    make_deal(title="Plates")
    rows = export(page, "/deals", "columns=customer,value,owner&q=Mugs")
    assert rows == [
        ["Deal", "Customer", "Value", "Value, currency", "Looked after by"],
        ["Mugs", "Ada Byron", "1250.50", "GBP", mona.name],
    ]


def test_orders_and_their_invoices(page, db):
    order, other = make_order(db, 1200, "GBP"), make_order(db, 300, "GBP")
    invoice = invoices.issue(order, actor=SYSTEM)
    db.commit()
    rows = export(page, "/orders", "columns=total,due,state&sort=-total")
    assert rows[0] == ["Order", "Total", "Total, currency", "Due", "Due, currency", "State"]
    assert [row[:5] for row in rows[1:]] == [
        [order.label, "12.00", "GBP", "12.00", "GBP"],
        [other.label, "3.00", "GBP", "3.00", "GBP"],
    ]
    rows = export(page, "/invoices", "columns=customer,issued,due&state=open")
    assert rows[1:] == [[invoice.label, rows[1][1], invoice.issued_on.isoformat(), "12.00", "GBP"]]
    assert export(page, "/invoices", "state=paid") == [rows[0][:1] + export(page, "/invoices", "")[0][1:]]


def test_tasks_with_whom_they_are_for_and_about(page, mona, db):
    ada = make_customer(first_name="Ada", last_name="Byron")
    make_task("@ring", mona, record=("customer", ada.person_id), due=Due(date(2031, 3, 30), None, "Europe/London"))
    make_task("Sweep", mona)
    rows = export(page, "/tasks", "whose=all&columns=about,assignee&sort=title")
    assert rows == [["Task", "About", "For"], ["'@ring", "Ada Byron", mona.name], ["Sweep", "", mona.name]]


def test_what_a_task_is_about_is_asked_for_many_at_once(page, mona, db, app):
    for number in range(30):
        make_task(f"Ring {number}", mona, record=("customer", make_customer().person_id))
    with counted() as statements:
        assert len(export(page, "/tasks", "columns=about")) == 31
    assert len(statements) < 40


@pytest.mark.parametrize("name", LISTS)
def test_who_may_not(browser, db, name):
    agent = browser(make_employee("agent"))
    assert agent.get(f"/exports/new?list=/{name}&query=&everything=1").status_code == 403
    assert agent.post("/exports", data={"list": f"/{name}", "everything": "1", "format": "csv"}).status_code == 403
    assert "/exports/new" not in agent.get(f"/{name}").text


@pytest.mark.parametrize("name", ["deals", "orders", "invoices"])
def test_nobody_exports_what_they_do_not_see(browser, mona, db, name):
    order = make_order(db, 1200, "GBP")
    invoices.issue(order, actor=SYSTEM)
    make_deal(title="Mugs")
    db.commit()
    for right in ("deals.read", "orders.read", "invoices.read"):
        db.execute(text("INSERT INTO changed_grants VALUES ('manager', :right, 'own')"), {"right": right})
    db.commit()
    everybody = browser(make_employee("admin"))
    assert f"/exports/new?list=%2F{name}" in everybody.get(f"/{name}").text
    assert len(export(everybody, f"/{name}", "")) == 2
    assert len(export(browser(mona), f"/{name}", "")) == 1
