"""The receipt as a file."""

import re

import pytest

from app.core.access import SYSTEM
from app.people.models import Customer
from app.sales import actions, pdf, queries
from tests.factories import make_customer, make_employee, make_product


def sell(db, *lines):
    customer = make_customer(first_name="Žofia", last_name="Łukasiewicz")
    receipt = actions.record_sale(customer, lines, actor=SYSTEM)
    db.commit()
    return receipt


def letters_in(data: bytes) -> set[str]:
    """Every letter the file says it shows, from its fonts' tables of glyphs."""
    points = re.findall(rb"<[0-9A-F]{4}> <([0-9A-F]{4})>\n", data)
    return {chr(int(point, 16)) for point in points}


def test_the_staff_and_the_customer_get_the_file(browser, db):
    receipt = sell(db, actions.SaleLine(make_product().product_id))
    answer = browser(make_employee()).get(f"/transactions/{receipt.receipt_id}/receipt.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert "R-000001.pdf" in answer.headers["Content-Disposition"]
    own = browser(db.get(Customer, receipt.customer_id)).get(f"/portal/receipts/{receipt.receipt_id}.pdf")
    assert own.data.startswith(b"%PDF-")


@pytest.mark.parametrize(("currency", "sign"), [("GBP", "£"), ("EUR", "€"), ("JPY", "¥")])
def test_it_has_the_letters_of_names_and_the_signs_of_currencies(db, currency, sign):
    product = make_product(name="Café Ωmega Яблоко", price_minor=1250, currency=currency)
    data = pdf.draw(queries.read_receipt(sell(db, actions.SaleLine(product.product_id))), "Lotus Gifts", "UTC")
    assert set("ŽŁéΩЯ" + sign) <= letters_in(data)


def test_many_lines_go_on_over_pages(db):
    lines = [actions.SaleLine(make_product().product_id) for _ in range(60)]
    data = pdf.draw(queries.read_receipt(sell(db, *lines)), "Lotus Gifts", "UTC")
    assert len(re.findall(rb"/Type /Page\b", data)) >= 3


def test_a_letter_no_font_has_is_no_failure(db):
    product = make_product(name="茶 🎁 tea")
    data = pdf.draw(queries.read_receipt(sell(db, actions.SaleLine(product.product_id))), "Lotus Gifts", "UTC")
    assert data.startswith(b"%PDF-")
