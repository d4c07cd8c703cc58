"""Taxes: rounded line by line, added up by rate."""

from decimal import Decimal
from itertools import product as every

import pytest

from app.taxes import queries
from app.taxes.calculating import UNTAXED, RateTotal, Tax, share_out, tax_on
from tests.browser_client import text_of
from tests.factories import make_employee, make_product

VAT = Tax("VAT", Decimal("0.2"))


@pytest.mark.parametrize(
    ("amount", "tax", "net", "part"),
    [
        (1200, VAT, 1000, 200),
        (1000, VAT, 833, 167),
        (1000, Tax("VAT", Decimal("0.2"), is_included=False), 1000, 200),
        (333, Tax("VAT", Decimal("0.085"), is_included=False), 333, 28),
        (1000, Tax("GST", Decimal("0.155"), is_included=False), 1000, 155),
        (10, Tax("VAT", Decimal("0.05"), is_included=False), 10, 1),
        (1000, UNTAXED, 1000, 0),
        (0, VAT, 0, 0),
    ],
)
def test_tax_on_a_line(amount, tax, net, part):
    taxed = tax_on(amount, tax)
    assert (taxed.net_minor, taxed.tax_minor) == (net, part)


def test_parts_of_a_refund_add_up():
    totals = [RateTotal("VAT", Decimal("0.2"), 833, 167), RateTotal("Low", Decimal("0.05"), 317, 16)]
    for amount in range(1, 1334):
        assert sum(part.amount_minor for part in share_out(amount, totals)) == amount


def test_included_tax_never_changes_the_price():
    for amount, share in every(range(0, 3000, 7), ("0.05", "0.07", "0.19", "0.2", "0.255")):
        assert tax_on(amount, Tax("VAT", Decimal(share))).amount_minor == amount


def test_a_rate_is_added_and_given_to_a_product(browser, db):
    manager, tea = browser(make_employee("manager")), make_product(name="Tea")
    usual = {"name": "VAT", "percent": "20 %", "is_included": "1", "is_default": "1"}
    assert "VAT 20%" in text_of(manager.follow(manager.post("/settings/taxes", usual)))
    manager.post("/settings/taxes", {"name": "Food", "percent": "5", "is_included": "1"})
    db.rollback()
    vat, food = queries.list_rates()
    assert queries.taxes_of([tea.product_id])[tea.product_id] == vat.tax
    manager.post(f"/products/{tea.product_id}/tax", {"rate": str(food.tax_rate_id)})
    db.rollback()
    assert queries.taxes_of([tea.product_id])[tea.product_id] == food.tax
    assert "Food 5%" in text_of(manager.get(f"/products/{tea.product_id}"))
    manager.post(f"/settings/taxes/{food.tax_rate_id}/delete")
    db.rollback()
    assert queries.taxes_of([tea.product_id])[tea.product_id] == vat.tax


def test_there_is_one_default(browser, db):
    manager = browser(make_employee("manager"))
    for name in ("VAT", "GST"):
        manager.post("/settings/taxes", {"name": name, "percent": "20", "is_default": "1"})
    assert [(rate.name, rate.is_default) for rate in queries.list_rates()] == [("GST", True), ("VAT", False)]


@pytest.mark.parametrize("percent", ["", "-1", "100", "1e1", "NaN", "２０", "5.12345", "a"])
def test_impossible_rates(browser, percent):
    manager = browser(make_employee("manager"))
    assert manager.post("/settings/taxes", {"name": "VAT", "percent": percent}).status_code == 422


def test_agents_do_not_decide_about_taxes(browser):
    assert browser(make_employee("agent")).get("/settings/taxes").status_code == 403
