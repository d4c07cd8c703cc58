"""Rows that were left out are mended where they stand, and an import is undone."""

import pytest
from sqlalchemy import select, text

from app.core.access import SYSTEM
from app.engine.imports import actions
from app.engine.imports.models import ImportRow
from app.people import actions as people
from app.people.models import Customer
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.importing import address_of, send
from tests.spreadsheets import book, sheet_of

FILE = (
    "Reference,Name,Email,Phone\n"
    "C-1,Zoë Müller,zoe at example.com,020 7946 0000\n"
    "C-2,Ravi Patel,ravi@example.com,12\n"
    "C-3,Ada Lovelace,taken@example.com,\n"
    "C-4,Bo Chen,bo@example.com,\n"
    ",,,020 7946 0001\n"
)


@pytest.fixture
def manager(browser, db):
    return browser(make_employee("manager"))


@pytest.fixture
def tried(manager, work, db) -> str:
    """A file after its dry run: one row is good, four are not."""
    make_customer(reference="C-9", email="taken@example.com")
    address = address_of(send(manager, FILE))
    manager.post(f"{address}/run", {"mode": "dry"})
    work()
    return address


def names(db) -> set[str]:
    db.expire_all()
    return {one.name for one in db.scalars(select(Customer).where(Customer.reference != "C-9"))}


def test_bad_cells_are_shown_where_they_can_be_typed_anew(manager, tried):
    page = manager.get(tried)
    assert "Left out 4" in text_of(page)
    html = page.get_data(as_text=True)
    assert 'name="cell_email" value="zoe at example.com" aria-invalid="true"' in html
    assert 'name="cell_phone" value="12" aria-invalid="true"' in html
    assert 'value="taken@example.com" aria-invalid="true"' in html
    assert html.count('name="cell_name" value="" aria-invalid="true"') == 1


def test_a_mended_cell_is_looked_at_again_at_once(manager, tried, work, db):
    still = manager.post(f"{tried}/rows/2", {"cell_email": "zoe@"}, fragment=True)
    assert "Enter an address" in text_of(still)
    mended = manager.post(f"{tried}/rows/2", {"cell_email": "zoe@example.com"}, fragment=True)
    assert "Mended: will be added" in text_of(mended)
    assert "Left out 3" in text_of(mended)
    taken = manager.post(f"{tried}/rows/4", {"cell_email": "taken@example.com"}, fragment=True)
    assert "This email belongs to the customer with the reference C-9" in text_of(taken)
    assert names(db) == set()
    manager.post(f"{tried}/run", {"mode": "run"})
    work()
    assert names(db) == {"Zoë Müller", "Bo Chen"}


def test_without_script_it_is_a_form(manager, tried):
    answer = manager.post(f"{tried}/rows/3", {"cell_phone": "020 7946 0002"})
    assert "Line 3 is mended." in text_of(manager.follow(answer))
    assert "Left out 3" in text_of(manager.get(tried))


def test_mended_rows_stay_mended_when_it_is_tried_again(manager, tried, work, db):
    manager.post(f"{tried}/rows/2", {"cell_email": "zoe@example.com"})
    columns = {"column_reference": "0", "column_name": "1", "column_email": "2"}
    manager.post(f"{tried}/columns", columns)
    manager.post(f"{tried}/run", {"mode": "run"})
    work()
    assert names(db) == {"Zoë Müller", "Ravi Patel", "Bo Chen"}


def test_rows_are_skipped_one_or_all(manager, tried, db):
    manager.post(f"{tried}/skipping", {"line": "2"})
    assert "Left out 3" in text_of(manager.get(tried))
    manager.post(f"{tried}/skipping")
    page = text_of(manager.get(tried))
    assert "Passed over 4" in page
    assert "Left out 0" in page
    assert set(db.scalars(select(ImportRow.cells))) == {None}


def test_what_was_skipped_or_mended_in_vain_is_left_out_when_it_runs(manager, tried, work, db):
    manager.post(f"{tried}/skipping", {"line": "2"})
    manager.post(f"{tried}/rows/3", {"cell_phone": "13"})
    manager.post(f"{tried}/run", {"mode": "run"})
    work()
    assert names(db) == {"Bo Chen"}
    outcomes = db.scalars(select(ImportRow.outcome).order_by(ImportRow.line)).all()
    assert outcomes == ["skipped", "rejected", "rejected", "created", "rejected"]


def test_what_is_left_out_is_a_file_with_the_reasons(manager, tried, work):
    rest = manager.get(f"{tried}/rest.csv").get_data(as_text=True)
    assert rest.splitlines()[0] == "\ufeffLine,Why,Reference,Name,Email,Phone"
    assert "zoe at example.com" in rest
    manager.post(f"{tried}/run", {"mode": "run"})
    work()
    assert "zoe at example.com" in manager.get(f"{tried}/rest.csv").get_data(as_text=True)


def test_formulas_in_the_rest_are_only_words(manager, work):
    address = address_of(send(manager, 'Name,Email\n"=cmd|x",nonsense\n'))
    manager.post(f"{address}/run", {"mode": "dry"})
    work()
    assert "'=cmd|x" in manager.get(f"{address}/rest.csv").get_data(as_text=True)


def test_a_spreadsheet_is_mended_too(manager, work, db):
    content = book({"People": sheet_of([["Name", "Email"], ["Ada Lovelace", "nonsense"]])})
    address = address_of(send(manager, content, name="people.xlsx"))
    manager.post(f"{address}/run", {"mode": "dry"})
    work()
    manager.post(f"{address}/rows/2", {"cell_email": "ada@example.com"})
    manager.post(f"{address}/run", {"mode": "run"})
    work()
    assert db.scalar(select(Customer.email)) == "ada@example.com"


def test_nobody_else_mends_and_nothing_once_it_ran(manager, browser, tried, work):
    other = browser(make_employee("admin"))
    assert other.post(f"{tried}/rows/2", {"cell_email": "x@example.com"}).status_code == 404
    assert other.post(f"{tried}/skipping").status_code == 404
    assert other.get(f"{tried}/rest.csv").status_code == 404
    assert manager.post(f"{tried}/rows/99", {"cell_email": "x@example.com"}).status_code == 404
    manager.post(f"{tried}/run", {"mode": "run"})
    work()
    assert manager.post(f"{tried}/rows/2", {"cell_email": "x@example.com"}).status_code == 409


def test_rows_are_forgotten_after_a_week(manager, tried, work, db):
    manager.post(f"{tried}/run", {"mode": "run"})
    work()
    db.execute(text("UPDATE imports SET created_at = now() - interval '8 days'"))
    db.commit()
    actions.forget_old_files()
    db.commit()
    assert set(db.scalars(select(ImportRow.cells))) == {None}


def test_an_import_is_undone_and_what_somebody_touched_is_kept(manager, work, db):
    known = make_customer(reference="C-2", first_name="R.", last_name="Patel", email="ravi@example.com")
    address = address_of(send(manager, "Reference,Name,Email\nC-1,A B,\nC-2,Ravi Patel,\nC-3,C D,\n"))
    manager.post(f"{address}/run", {"mode": "run"})
    work()
    assert names(db) == {"A B", "Ravi Patel", "C D"}
    touched = db.scalars(select(Customer).where(Customer.reference == "C-3")).one()
    people.edit_customer(touched, {"country": "France"}, actor=SYSTEM)
    db.commit()
    page = manager.get(address)
    assert "Undo this import" in text_of(page)
    path = page.get_data(as_text=True).split('action="/changes/')[1].split('"')[0]
    manager.post(f"/changes/{path}")
    work()
    assert names(db) == {"R. Patel", "C D"}
    assert db.get(Customer, known.person_id).first_name == "R."
    assert "This import was undone" in text_of(manager.get(address))


def test_sales_say_why_they_cannot_be_undone(manager, work):
    sales = "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice\n1,A,3,2010-12-01,2.55\n"
    address = address_of(send(manager, sales, "transactions"))
    manager.post(f"{address}/run", {"mode": "run"})
    work()
    page = text_of(manager.get(address))
    assert "This import cannot be undone. Receipts are the books" in page
    assert "Undo this import" not in page
