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


WHOLE = 1


def part_of_it(one_in: int) -> bytes:
    """What one customer in so many bought and brought back, and one receipt in so many of the nameless."""
    with gzip.open(FILE, "rb") as content:
        header, *lines = content.readlines()
    return b"".join([header, *(line for line in lines if _number_of(line) % one_in == 0)])


def _number_of(line: bytes) -> int:
    receipt, customer = line.partition(b",")[0].strip(b"AC"), line.rsplit(b",", 2)[1]
    return int(customer if customer.isdigit() else receipt)


def in_the_file(content: bytes) -> tuple[dict[str, int], int, int]:
    """Totals by month in pence, lines that are sales, lines that are stock corrections; with nothing of ours."""
    months: dict[str, int] = defaultdict(int)
    sales = corrections = 0
    for row in csv.DictReader(io.StringIO(content.decode(), newline="")):
        price, quantity = Decimal(row["UnitPrice"]), int(row["Quantity"])
        if price == 0 and not row["CustomerID"]:
            corrections += 1
            continue
        sales += 1
        month, _day, year = row["InvoiceDate"].split()[0].split("/")
        pence = (price * quantity * 100).quantize(Decimal(1), ROUND_HALF_UP)
        months[f"20{year}-{int(month):02}"] += int(pence)
    return dict(months), sales, corrections


def bring_in(db, content: bytes) -> tuple[dict, Import]:
    made = actions.upload("transactions", "online-retail.csv", io.BytesIO(content), actor=SYSTEM)
    actions.prepare(made, dry_run=False)
    actions.carry_out(made, actor=SYSTEM, tell=lambda *_told: None)
    db.commit()
    return made.report, made


@pytest.mark.parametrize(
    ("one_in", "lines", "cancelled", "linked"),
    [(10, 20_618, 349, 200), pytest.param(WHOLE, 240_007, 4_350, 2_000, marks=pytest.mark.long)],
)
def test_every_line_is_in_the_books_or_has_its_reason(db, one_in, lines, cancelled, linked):
    content = part_of_it(one_in)
    months, sales, corrections = in_the_file(content)
    report, made = bring_in(db, content)
    assert (made.date_order, made.encoding, made.delimiter) == ("month", "utf-8-sig", ",")
    assert report["counts"]["created"] + report["counts"]["linked"] == sales
    assert report["counts"]["rejected"] == corrections
    assert report["counts"]["pending"] == 0
    assert sales + corrections == lines
    in_the_books = db.execute(
        text(
            "SELECT to_char(at AT TIME ZONE 'Europe/London', 'YYYY-MM'), sum(amount_minor) FROM transactions GROUP BY 1"
        )
    )
    assert {row[0]: int(row[1]) for row in in_the_books} == months
    assert {row["month"]: row["amount_minor"] for row in report["months"]} == months
    assert db.scalar(select(func.sum(Receipt.total_minor))) == sum(months.values())
    check_refunds(db, cancelled, linked)
    check_numbers(db)
    again, _made = bring_in(db, content)
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


def check_refunds(db, cancelled, at_least):
    """Cancellations are refunds, so many of them of a sale that is known; none gives back more than was sold."""
    linked, unlinked = db.execute(
        select(func.count(Transaction.refund_of), func.count() - func.count(Transaction.refund_of)).where(
            Transaction.quantity < 0
        )
    ).one()
    assert linked + unlinked == cancelled
    assert linked > at_least
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
