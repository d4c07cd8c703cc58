"""002-26: what is typed gets codes, what is measured gets bands one can edit, and a command says what has none yet."""

import json

from app.core.access import SYSTEM
from app.sales import actions as sales
from app.sales.actions import SaleLine
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee, make_product


def test_texts_and_amounts_in_order(app, browser, db):
    ann = make_customer(first_name="Ann", last_name="Ash", source="Market Stall, Bath")
    make_customer(first_name="Ben", last_name="Birch", source="MARKET stall")
    make_customer(first_name="Cem", last_name="Cedar", source="a friend")
    make_channel(ann, topic="Where is my parcel?")
    sales.record_sale(ann, [SaleLine(make_product(price_minor=9_000).product_id)], actor=SYSTEM)
    db.commit()
    admin = browser(make_employee("admin"))

    admin.post("/data-quality/customer.source/rules", {"text": "market stall", "label": "Markets", "how": "contains"})
    admin.post("/data-quality/customer.spent/bands", {"floor": ["0", "80"], "label": ["Below 80", "80 and more"]})

    def listed(key: str, value: str) -> list[str]:
        where = json.dumps({"f": key, "op": "in", "v": [value]})
        shown = text_of(admin.get("/customers", query_string={"where": where}))
        return [name for name in ("Ann Ash", "Ben Birch", "Cem Cedar") if name in shown]

    assert listed("source_code", "markets") == ["Ann Ash", "Ben Birch"]
    assert listed("spend_band", "80-and-more") == ["Ann Ash"]

    printed = app.test_cli_runner().invoke(args=["data-quality"]).output
    lines = {line.split()[0]: line for line in printed.splitlines()}
    assert "33.3%" in lines["customer.source"]
    assert "“a friend” 1" in lines["customer.source"]
    assert "100.0%" in lines["conversation.topic"]
