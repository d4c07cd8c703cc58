"""003-63: no hot query reads more than 10,000 rows from end to end; `flask explain-slow` lists what takes longest."""

import pytest
from sqlalchemy import select, text

from app.core.db import db as database
from app.core.paging import LAST
from app.demo import company
from app.people.models import Customer
from app.sales.models import Receipt
from tests.factories import make_employee
from tests.statements import scanned

pytestmark = pytest.mark.slow

MANY = 10_000
ROWS_BY_ROOT = """
    SELECT coalesce(pg_partition_root(c.oid), c.oid)::regclass::text, sum(c.reltuples)
    FROM pg_class c WHERE c.relname = ANY(:names) GROUP BY 1
"""


@pytest.fixture
def shop(db):
    """20,000 customers with 100,000 lines of sales; nothing of it is left to other tests."""
    company.make_company(20_000, per_customer=5, currency="GBP", report=lambda _text: None)
    db.commit()
    company.refresh_statistics()
    yield
    db.rollback()
    tables = "customers, person_registry, receipts, transactions, comm_channels, communications, chats"
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET session_replication_role = replica"))
        for table in tables.split(", "):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("SET session_replication_role = origin"))
        connection.execute(text("VACUUM (ANALYZE)"))


def hot_pages(db) -> list[tuple[str, str]]:
    """The pages opened all day, as (role, address)."""
    customer = db.scalars(select(Customer.person_id).where(Customer.reference == "C0012345")).one()
    receipt = db.scalars(select(Receipt.receipt_id).order_by(Receipt.number).limit(1)).one()
    listing = ("", f"?after={LAST}", "?sort=-created", "?q=Carla", "?q=carla.nobody%40example.com", "?stage=lead")
    return [
        *(("agent", f"/customers{query}") for query in listing),
        ("agent", f"/customers/{customer}"),
        ("agent", f"/customers/{customer}/timeline"),
        ("agent", "/search?q=Olsen"),
        ("agent", "/transactions"),
        ("agent", f"/transactions?after={LAST}"),
        ("agent", f"/transactions?customer={customer}"),
        ("agent", f"/transactions/{receipt}"),
        ("agent", "/products"),
        ("agent", "/conversations"),
        ("agent", "/conversations?tab=closed"),
        ("agent", "/"),
        ("manager", "/"),
        ("manager", "/performance?period=7d"),
    ]


def test_no_hot_page_reads_a_long_table_from_end_to_end(shop, browser, db):
    assert db.scalar(text("SELECT count(*) FROM customers")) == 20_000
    assert db.scalar(text("SELECT count(*) FROM transactions")) > 90_000
    browsers = {role: browser(make_employee(role)) for role in ("agent", "manager")}
    found = {}
    for role, address in hot_pages(db):
        with scanned() as tables:
            answer = browsers[role].get(address)
            assert answer.status_code in (200, 303), address
        rows = db.execute(text(ROWS_BY_ROOT), {"names": list(tables)})
        found |= {(address, root): int(number) for root, number in rows if number > MANY}
    assert not found
    with scanned() as tables:  # the look itself sees a scan where there is one
        db.execute(text("SELECT count(*) FROM customers WHERE source || address_enc::text = 'nobody'"))
    assert tables == {"customers"}


def test_explain_slow_lists_statements(app, browser):
    browser(make_employee()).get("/customers")
    printed = app.test_cli_runner().invoke(args=["explain-slow", "--limit", "500"])
    assert printed.exit_code == 0
    assert "FROM customers" in printed.output
    assert " ms " in printed.output
