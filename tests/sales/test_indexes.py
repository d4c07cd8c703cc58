"""Lists stay fast when the books are long: what the planner does with 200,000 lines."""

import re

import pytest
from sqlalchemy import Select, select, text

from app.core.access import SYSTEM
from app.core.db import db as database
from app.core.paging import LAST, decode_cursor
from app.products.queries import ProductFilter
from app.products.queries import _matching as matching_products
from app.sales import figures, queries
from app.sales.models import Receipt, Transaction
from tests.factories import make_customer, make_product

pytestmark = [pytest.mark.slow, pytest.mark.long]

READ_WHOLE = re.compile(r"Seq Scan on .*?cost=[0-9.]+?\.\.(\d+)")
FILL = """
INSERT INTO receipts (receipt_id, number, kind, at, customer_id, currency, total_minor, source)
    SELECT gen_random_uuid(), n, 'sale', now() - n * interval '5 minutes', :customer_id, 'GBP', n % 977, 'demo'
    FROM generate_series(1, 200000) AS n;
"""
LINES = """
INSERT INTO transactions (transaction_id, at, receipt_id, line, customer_id, product_id, description, quantity,
                          unit_price, amount_minor, currency)
    SELECT gen_random_uuid(), at, receipt_id, 1, customer_id, :product_id, 'Mug', 1, 1, total_minor, currency
    FROM receipts;
"""


@pytest.fixture
def books(db):
    """200,000 receipts of one line, nearly all of one customer, over two years."""
    crowd, single = make_customer(), make_customer()
    product, rare = make_product(), make_product()
    db.execute(text("SET LOCAL session_replication_role = replica"))
    for month in range(26):
        db.execute(
            text("SELECT ensure_month_partition('transactions', (now() - make_interval(months => :n))::date)"),
            {"n": month},
        )
    db.execute(text(FILL), {"customer_id": crowd.person_id})
    db.execute(text(LINES), {"product_id": product.product_id})
    db.execute(text("UPDATE receipts SET customer_id = :id WHERE number % 20000 = 7"), {"id": single.person_id})
    db.commit()
    for table in ("receipts", "transactions"):
        db.execute(text(f"ANALYZE {table}"))
    db.commit()
    return single, product, rare


def plan(query: Select) -> str:
    compiled = query.compile(database.engine, compile_kwargs={"literal_binds": True})
    return "\n".join(database.session.scalars(text("EXPLAIN " + str(compiled).replace("%%", "%").replace(":", "\\:"))))


def test_no_list_reads_all_receipts(books):
    single, _product, rare = books
    everything = queries._matching(SYSTEM, queries.ReceiptFilter(), "UTC")
    own = queries._matching(SYSTEM, queries.ReceiptFilter(customer_id=single.person_id), "UTC")
    refunds = queries._matching(SYSTEM, queries.ReceiptFilter(kind="refund"), "UTC")
    number = queries._matching(SYSTEM, queries.ReceiptFilter(q="R-000042"), "UTC")
    newest = (Receipt.at.desc(), Receipt.receipt_id.desc())
    for name, query in {
        "first page": everything.order_by(*newest).limit(26),
        "far end": everything.order_by(Receipt.at, Receipt.receipt_id).limit(26),
        "by total": everything.order_by(Receipt.total_minor.desc(), Receipt.receipt_id.desc()).limit(26),
        "of one customer": own.order_by(*newest).limit(26),
        "refunds": refunds.order_by(*newest).limit(26),
        "one number": number.order_by(*newest).limit(26),
        "lines of a product": select(Transaction.amount_minor).where(Transaction.product_id == rare.product_id),
    }.items():
        found = plan(query)
        assert not [cost for cost in READ_WHOLE.findall(found) if int(cost) > 100], (name, found)
        assert "Sort" not in found or name in ("one number", "of one customer", "refunds"), (name, found)


def test_both_ends_and_the_sum_of_a_product(books):
    assert decode_cursor(LAST, 2) == ("b", [])
    first = queries.list_receipts(SYSTEM, queries.ReceiptFilter(), time_zone="UTC")
    last = queries.list_receipts(SYSTEM, queries.ReceiptFilter(), time_zone="UTC", cursor=LAST)
    assert first.rows[0].receipt.number == 1
    assert last.rows[-1].receipt.number == 200_000
    value = figures.value_of_product(books[1].product_id)
    assert value is not None
    assert value.pieces == 200_000


def test_products_are_found_by_index(db):
    db.execute(
        text(
            "INSERT INTO products (product_id, sku, name, type, price_minor, currency, created_at)"
            " SELECT gen_random_uuid(), 'S' || n, md5(n::text), 'good', n, 'GBP', now()"
            " FROM generate_series(1, 30000) AS n"
        )
    )
    db.commit()
    db.execute(text("ANALYZE products"))
    assert "ix_products_search" in plan(matching_products(ProductFilter(q="c4ca4238a0")))
