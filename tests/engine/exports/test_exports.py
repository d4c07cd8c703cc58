"""Any list as a file: what is shown, in its order, without formulas, however many rows."""

import csv
import io
import re
import zipfile

import pytest
from sqlalchemy import select, text

from app.engine.exports import actions as exports
from app.engine.exports.models import Export
from app.engine.notices.models import Notice
from tests.factories import make_customer, make_employee, make_product


@pytest.fixture
def alice(app, browser):
    return browser(make_employee("manager", first_name="Alice"))


def export(page, **asked):
    """Make a file and read it."""
    made = page.post("/exports", data={"list": "/customers", "query": "", "everything": "1", "format": "csv", **asked})
    return page.get(f"{made.location}/file")


def rows_of(answer):
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))


def test_what_the_list_shows_in_its_order(alice):
    make_customer(last_name="Adams", country="GB")
    make_customer(last_name="Burns", country="DE")
    make_customer(last_name="Clark", country="GB")
    assert "Export 2 customers" in alice.get("/exports/new?list=/customers&query=country%3DGB&everything=1").text
    answer = export(alice, query="country=GB&columns=name,country&sort=-name")
    assert rows_of(answer) == [["Customer", "Country"], ["Carla Clark", "GB"], ["Carla Adams", "GB"]]
    assert "customers-" in answer.headers["Content-Disposition"]


def test_no_cell_is_a_formula(alice):
    make_customer(last_name="x", first_name="=HYPERLINK(1)", source="@SUM(A1)")
    asked = {"query": "columns=name,source"}
    assert rows_of(export(alice, **asked))[1] == ["'=HYPERLINK(1) x", "'@SUM(A1)"]
    archive = zipfile.ZipFile(io.BytesIO(export(alice, **asked, format="xlsx").get_data()))
    assert archive.testzip() is None
    sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert ">=HYPERLINK(1) x</t>" in sheet


def test_amounts_are_numbers_beside_their_currency(alice):
    make_product(name="Candle", price_minor=1250)
    rows = rows_of(export(alice, list="/products", query="columns=name,price"))
    assert rows == [["Product", "Price", "Price, currency"], ["Candle", "12.50", "GBP"]]


def test_ticked_rows_alone(alice):
    ada, _ben = make_customer(last_name="Adams"), make_customer(last_name="Burns")
    answer = export(alice, everything="", id=str(ada.person_id), query="columns=name")
    assert rows_of(answer) == [["Customer"], ["Carla Adams"]]


def test_many_are_written_by_a_job_that_tells(alice, db, work, monkeypatch):
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    for _number in range(5):
        make_customer()
    made = alice.post("/exports", data={"list": "/customers", "query": "", "everything": "1", "format": "xlsx"})
    assert "Waiting for a worker" in alice.get(made.location).text
    work()
    assert "5 customers" in alice.get(made.location).text
    assert db.scalars(select(Notice.title)).all() == ["Your export of 5 rows is ready"]
    told = db.scalars(text("SELECT changes FROM audit_log WHERE table_name = 'exports' ORDER BY audit_id")).all()
    assert told[-1]["row_count"] == [0, 5]


def test_who_may_not_and_whose_it_is_not(alice, browser, db):
    make_customer()
    export(alice)
    export_id = db.scalars(select(Export.export_id)).one()
    assert browser(make_employee("manager")).get(f"/exports/{export_id}").status_code == 404
    agent = browser(make_employee("agent"))
    assert agent.get("/exports/new?list=/customers&query=&everything=1").status_code == 403
    assert "/exports/new" not in agent.get("/customers").text
    assert re.search(r"/exports/new\?list=", alice.get("/customers").text)


def test_what_one_may_not_see_is_masked_in_the_file_as_well(alice, browser, db):
    make_customer(email="ada@example.com")
    assert "ada@example.com" in export(alice, query="columns=name,email").get_data(as_text=True)


def test_files_go_after_a_day(alice, db):
    make_customer()
    export(alice)
    db.execute(text("UPDATE exports SET created_at = created_at - interval '25 hours'"))
    assert exports.forget_old() == 1
    db.commit()
    assert db.scalar(text("SELECT count(*) FROM export_chunks")) == 0
