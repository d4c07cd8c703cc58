"""002-57, 003-07: a question about a real shop's half year gets the answer that its file gives without us.

"Customers in the United Kingdom who bought twice in 90 days and spent over 500, but not in the last two weeks."
"""

import csv
import gzip
import io
import json
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.core.access import SYSTEM
from app.engine.imports import actions as imports
from app.people.models import Customer
from app.segments.models import Member, Segment
from tests.acceptance.test_real_shop_import import FILE
from tests.browser_client import text_of
from tests.factories import make_employee

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.skipif(not FILE.exists(), reason="the real shop's file is not on this machine"),
]

LONDON = ZoneInfo("Europe/London")
LAST_DAY = date(2011, 6, 26)
WHERE = {
    "all": [
        {"f": "country", "op": "in", "v": ["United Kingdom"]},
        {"agg": "count", "of": "purchases", "window": {"last": "90d"}, "op": "ge", "v": 2},
        {"agg": "sum", "of": "purchases.value", "op": "gt", "v": 500_00},
        {"agg": "count", "of": "purchases", "window": {"last": "14d"}, "op": "is", "v": 0},
    ]
}


def as_if_of_today() -> list[dict[str, str]]:
    """The file's lines, all moved by the same number of days, so that the last of them is of yesterday."""
    moved = datetime.now(LONDON).date() - timedelta(days=1) - LAST_DAY
    with gzip.open(FILE, "rt", encoding="utf-8-sig", newline="") as content:
        lines = list(csv.DictReader(content))
    for line in lines:
        at = datetime.strptime(line["InvoiceDate"], "%m/%d/%y %H:%M") + moved
        line["InvoiceDate"] = f"{at:%m/%d/%y %H:%M}"
    return lines


def meant(lines: list[dict[str, str]]) -> set[str]:
    """The references of the customers who are asked for at this moment; with nothing of ours."""
    now = datetime.now(LONDON)
    bought: dict[str, dict[str, datetime]] = defaultdict(dict)
    spent: dict[str, Decimal] = defaultdict(Decimal)
    countries: dict[str, str] = {}
    for line in lines:
        reference, invoice = line["CustomerID"], line["InvoiceNo"]
        if reference and not invoice.startswith("C"):
            at = datetime.strptime(line["InvoiceDate"], "%m/%d/%y %H:%M").replace(tzinfo=LONDON)
            bought[reference][invoice] = at
            spent[reference] += Decimal(line["UnitPrice"]) * int(line["Quantity"])
            countries.setdefault(reference, line["Country"])
    return {
        reference
        for reference, invoices in bought.items()
        if countries[reference] == "United Kingdom"
        and sum(at >= now - timedelta(days=90) for at in invoices.values()) >= 2
        and spent[reference] > 500
        and not any(at >= now - timedelta(days=14) for at in invoices.values())
    }


def bring_in(db, lines: list[dict[str, str]]) -> None:
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, lines[0])
    writer.writeheader()
    writer.writerows(lines)
    made = imports.upload("transactions", "shop.csv", io.BytesIO(table.getvalue().encode()), actor=SYSTEM)
    imports.prepare(made, dry_run=False)
    imports.carry_out(made, actor=SYSTEM, tell=lambda *_told: None)
    db.commit()


def test_the_list_the_segment_and_the_file_agree(db, browser):
    lines, where = as_if_of_today(), json.dumps(WHERE)
    bring_in(db, lines)
    marta, wanted = browser(make_employee("manager")), meant(lines)
    count = f"{len(wanted):,}"
    assert f"{count} pass" in text_of(marta.get("/filters/customer/found", query_string={"where": where}))
    assert f"{count} customers" in text_of(marta.get("/customers", query_string={"where": where}))
    marta.post("/segments", {"where": where, "name": "Worth a call", "mode": "dynamic"})
    segment = db.scalars(select(Segment)).one()
    inside = select(Customer.reference).join(Member, Member.person_id == Customer.person_id)
    assert set(db.scalars(inside)) == wanted
    assert segment.member_count == len(wanted) > 100
    someone = db.scalar(select(Member.person_id).limit(1))
    why = text_of(marta.get(f"/filters/customer/why/{someone}", query_string={"where": where}))
    assert "is in, because" in why
