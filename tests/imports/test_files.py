"""Files as people have them: well made, oddly made, and broken."""

import io

import pytest
from sqlalchemy import func, select, text

from app.core.db import db as database
from app.engine.imports import actions, reading
from app.engine.imports.models import Import, ImportRow
from app.people import imports as people_imports
from app.people.models import Customer
from app.products.models import Product
from app.sales.models import Receipt, Transaction
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee

CUSTOMERS = "Reference,Name,Email,Phone\nC-1,Zoë Müller,zoe@example.com,020 7946 0000\nC-2,Ravi Patel,,\n"
SALES = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "1,A,Mug,3,12/13/10 8:26,2.55,17850,France\n"
    "1,B,Tea,1,12/13/10 8:26,1.00,17850,France\n"
    "C2,A,Mug,-2,12/14/10 9:00,2.55,17850,France\n"
    "3,A,,-5,12/14/10 9:00,0,,France\n"
    "4,A,Mug,1,12/15/10 9:00,2.55,,France\n"
)


@pytest.fixture
def manager(browser, db):
    return browser(make_employee("manager"))


def upload(browser, content: str | bytes, kind: str = "customers", name: str = "file.csv"):
    raw = content.encode() if isinstance(content, str) else content
    return browser.post("/imports", {"kind": kind, "file": (io.BytesIO(raw), name)}, content_type="multipart/form-data")


def bring_in(browser, work, content: str | bytes, kind: str = "customers") -> str:
    """Upload, import, and read the page afterwards."""
    address = upload(browser, content, kind).headers["Location"]
    assert browser.post(f"{address}/run", {"mode": "run"}).status_code == 303
    work()
    return text_of(browser.get(address))


def outcomes(db) -> dict[str, int]:
    rows = db.execute(select(ImportRow.outcome, func.count()).group_by(ImportRow.outcome))
    return {row[0]: row[1] for row in rows}


def test_what_the_file_will_become_is_shown_first(manager, db):
    page = text_of(manager.follow(upload(manager, CUSTOMERS)))
    assert "Zoë Müller · zoe@example.com · +442079460000" in page
    assert "The text reads as UTF-8" in page
    assert db.scalar(select(func.count()).select_from(Customer)) == 0


def test_customers_come_in_and_a_second_time_change_nothing(manager, db, work):
    assert "Created 2" in bring_in(manager, work, CUSTOMERS)
    assert "Unchanged 2" in bring_in(manager, work, CUSTOMERS)
    assert "Updated 1" in bring_in(manager, work, CUSTOMERS.replace("Ravi Patel", "Ravi Kumar Patel"))
    assert {customer.name for customer in db.scalars(select(Customer))} == {"Zoë Müller", "Ravi Kumar Patel"}


def test_a_dry_run_changes_nothing(manager, db, work):
    address = upload(manager, CUSTOMERS).headers["Location"]
    manager.post(f"{address}/run", {"mode": "dry"})
    work()
    assert "nothing was changed" in text_of(manager.get(address))
    assert db.scalar(select(func.count()).select_from(Customer)) == 0
    manager.post(f"{address}/run", {"mode": "run"})
    work()
    assert "Created 2" in text_of(manager.get(address))


def test_sales_become_receipts_and_refunds(manager, db, work):
    page = bring_in(manager, work, SALES, "transactions")
    assert "Created 4" in page
    assert "stock correction" in page
    assert "2010-12 4 £6.10" in page
    sale, refund, walk_in = db.scalars(select(Receipt).order_by(Receipt.number)).all()
    assert (sale.total_minor, refund.total_minor, walk_in.total_minor) == (865, -510, 255)
    assert refund.refund_of == sale.receipt_id
    assert db.scalar(select(func.count(Transaction.refund_of))) == 1
    assert bring_in(manager, work, SALES, "transactions").count("Unchanged 4") == 1
    assert db.scalar(select(func.count()).select_from(Receipt)) == 3


def test_an_invoice_with_other_lines_leaves_the_books_alone(manager, db, work):
    bring_in(manager, work, SALES, "transactions")
    assert "books are not changed" in bring_in(manager, work, SALES.replace("Mug,3", "Mug,4"), "transactions")
    assert db.scalar(select(func.sum(Receipt.total_minor))) == 610


def test_products_come_in(manager, db, work):
    bring_in(manager, work, "SKU;Name;Price\nA;Mug;2.50\nB;Tea;x\n", "products")
    assert db.scalars(select(Product)).one().price_minor == 250
    assert outcomes(db) == {"created": 1, "rejected": 1}


def test_a_killed_import_goes_on_where_it_stopped(manager, db, work, monkeypatch):
    monkeypatch.setattr(people_imports, "ROWS_PER_STEP", 1)
    address = upload(manager, CUSTOMERS).headers["Location"]
    manager.post(f"{address}/run", {"mode": "run"})
    settle = people_imports.settle

    def die_at_the_second(import_id, rows):
        if rows[0][0] == 3:
            raise RuntimeError("killed")
        settle(import_id, rows)

    monkeypatch.setattr(people_imports, "settle", die_at_the_second)
    work()
    assert outcomes(db) == {"created": 1, "pending": 1}
    monkeypatch.setattr(people_imports, "settle", settle)
    db.execute(text("UPDATE jobs SET due_at = now()"))
    db.commit()
    work()
    assert outcomes(db) == {"created": 2}
    assert db.scalar(select(func.count()).select_from(Customer)) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"  \n", "The file is empty."),
        (b"PK\x03\x04rest", "Save it as CSV"),
        (b"\x89PNG\r\n", "This is a picture"),
        (b"a\x00b,c\x00d\n1,2\n", "not text"),
        (b",,,\n1,2,3,4\n", "must name the columns"),
        (b"x," * 100_000 + b"\n", "over 200 columns"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(manager, db, content, words):
    answer = upload(manager, content)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert db.scalar(select(func.count()).select_from(Import)) == 0


def test_a_file_over_the_limit(manager, monkeypatch):
    monkeypatch.setattr(actions, "LARGEST_BYTES", 1000)
    answer = upload(manager, "Name\n" + "x" * 2000)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("content", "created", "rejected"),
    [
        ("Name\r\nA B\r\nC D\n", 2, 0),
        ("Name\rA B\rC D\r", 2, 0),
        ("\ufeffName\nA B\n", 1, 0),
        ("Name,Name\nA B,C D\n", 1, 0),
        ("Name\n", 0, 0),
        ('Name,Email\n"never closed,x\nA B,\n', 0, 1),
        ("Name,Email\n" + "x" * 30_000 + ",\nA B,\n", 1, 1),
        ("Name,Email\nA B\nC D,c@example.com,extra,cells\n", 2, 0),
        ("Name,Email\nA,not an email\nB,b@example.com\n", 1, 1),
        ("Name,Phone\nA,12\n", 0, 1),
        ("Name,Stage\nA,vip\n", 0, 1),
        ("Name\n=HYPERLINK(1)\n<script>\n", 2, 0),
        ("Name\nCar\u202ela\n", 1, 0),
    ],
)
def test_odd_rows_have_their_reason_and_never_stop_the_others(work, browser, content, created, rejected):
    bring_in(browser(make_employee("manager")), work, content)
    assert outcomes(database.session) == {key: n for key, n in (("created", created), ("rejected", rejected)) if n}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_letters_with_accents(manager, db, work, encoding):
    content = "Name,Email\n" + "Zoë Müller,\nJosé García,\nAgnès Lefèvre,\n" * 5
    bring_in(manager, work, content.encode(encoding))
    assert "Zoë Müller" in {customer.name for customer in db.scalars(select(Customer))}


def test_the_outcome_of_every_row_is_a_file(manager, db, work):
    address = upload(manager, "Name,Email\nA,a@example.com\nB,nonsense\n").headers["Location"]
    manager.post(f"{address}/run", {"mode": "run"})
    work()
    lines = manager.get(f"{address}/outcomes.csv", buffered=True).get_data(as_text=True).splitlines()
    assert lines[0] == "line,outcome,reason,id"
    assert lines[1].startswith("2,created,,")
    assert lines[2].startswith("3,rejected,Email: Enter an address")


def test_other_people_s_imports_are_not_there(manager, browser, db):
    address = upload(manager, CUSTOMERS).headers["Location"]
    other = browser(make_employee("manager"))
    for path in ("", "/progress", "/outcomes.csv"):
        assert other.get(address + path).status_code == 404
    for path in ("/run", "/reading", "/cancellation"):
        assert other.post(address + path).status_code == 404
    assert browser(make_employee("agent")).get("/imports").status_code == 403
    assert browser(make_customer()).get("/imports").status_code == 403


def test_a_double_click_runs_once(manager, db, work):
    address = upload(manager, CUSTOMERS).headers["Location"]
    for _click in range(2):
        assert manager.post(f"{address}/run", {"mode": "run"}).status_code == 303
    work()
    assert db.scalar(select(func.count()).select_from(Customer)) == 2


@pytest.mark.parametrize(
    ("dates", "order"),
    [("12/31/2026", "month"), ("31.12.2026", "day"), ("2026-12-31", "year"), ("1/2/26 9:00, 13/2/26 9:00", "day")],
)
def test_the_order_of_a_date(dates, order):
    assert reading.find_date_order(dates)[0] == order


def test_nothing_tells_the_order_of_a_date():
    assert reading.find_date_order("1/2/2026, 3/4/2026, 10.5, 192.168.1.1") is None
