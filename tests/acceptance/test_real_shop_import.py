"""004-03, 004-33: half a year of a real shop's sales, to the penny."""

import csv
import gzip
import io
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from app.core.access import SYSTEM
from app.engine.imports import actions
from app.engine.imports.models import Import
from app.sales.models import Receipt, Transaction

FILE = Path(__file__).parent.parent.parent.parent / "shared" / "data" / "online-retail.csv.gz"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILE.exists(), reason="the real shop's file is not on this machine"),
]


def in_the_file() -> tuple[dict[str, int], int, int]:
    """Totals by month in pence, lines that are sales, lines that are stock corrections; with nothing of ours."""
    months: dict[str, int] = defaultdict(int)
    sales = corrections = 0
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as content:
        for row in csv.DictReader(content):
            price, quantity = Decimal(row["UnitPrice"]), int(row["Quantity"])
            if price == 0 and not row["CustomerID"]:
                corrections += 1
                continue
            sales += 1
            month, _day, year = row["InvoiceDate"].split()[0].split("/")
            pence = (price * quantity * 100).quantize(Decimal(1), ROUND_HALF_UP)
            months[f"20{year}-{int(month):02}"] += int(pence)
    return dict(months), sales, corrections


def bring_in(db) -> tuple[dict, Import]:
    content = io.BytesIO(gzip.decompress(FILE.read_bytes()))
    made = actions.upload("transactions", "online-retail.csv", content, actor=SYSTEM)
    actions.prepare(made, dry_run=False)
    actions.carry_out(made, actor=SYSTEM, tell=lambda *_told: None)
    db.commit()
    return made.report, made


def test_every_line_is_in_the_books_or_has_its_reason(db):
    months, sales, corrections = in_the_file()
    report, made = bring_in(db)
    assert (made.date_order, made.encoding, made.delimiter) == ("month", "utf-8-sig", ",")
    assert report["counts"]["created"] + report["counts"]["linked"] == sales
    assert report["counts"]["rejected"] == corrections
    assert report["counts"]["pending"] == 0
    assert sales + corrections == 240_007
    in_the_books = db.execute(
        text(
            "SELECT to_char(at AT TIME ZONE 'Europe/London', 'YYYY-MM'), sum(amount_minor) FROM transactions GROUP BY 1"
        )
    )
    assert {row[0]: int(row[1]) for row in in_the_books} == months
    assert {row["month"]: row["amount_minor"] for row in report["months"]} == months
    assert db.scalar(select(func.sum(Receipt.total_minor))) == sum(months.values())
    check_refunds(db)
    check_numbers(db)
    again, _made = bring_in(db)
    assert again["counts"] == {
        "created": 0,
        "linked": 0,
        "updated": 0,
        "unchanged": sales,
        "rejected": corrections,
        "pending": 0,
        "skipped": 0,
    }
    assert {row["month"]: row["amount_minor"] for row in again["months"]} == months


def check_refunds(db):
    """Cancellations are refunds; none gives back more than was sold."""
    linked, unlinked = db.execute(
        select(func.count(Transaction.refund_of), func.count() - func.count(Transaction.refund_of)).where(
            Transaction.quantity < 0
        )
    ).one()
    assert linked + unlinked == 4350
    assert linked > 2000
    given_back_twice = db.scalar(
        text(
            "SELECT count(*) FROM (SELECT s.transaction_id FROM transactions s"
            " JOIN transactions g ON g.refund_of = s.transaction_id"
            " GROUP BY s.transaction_id, s.quantity, s.amount_minor"
            " HAVING s.quantity + sum(g.quantity) < 0 OR s.amount_minor + sum(g.amount_minor) < 0) AS wrong"
        )
    )
    assert given_back_twice == 0


def check_numbers(db):
    """Receipt numbers have no gaps and follow the time."""
    count, largest, smallest = db.execute(
        select(func.count(), func.max(Receipt.number), func.min(Receipt.number))
    ).one()
    assert (smallest, largest) == (1, count)
    backwards = text(
        "SELECT count(*) FROM (SELECT at < lag(at) OVER (ORDER BY number) AS is_back FROM receipts) AS o WHERE is_back"
    )
    assert db.scalar(backwards) == 0
