"""004-40: add a product, sell it, remove it; it stays on old receipts."""

from sqlalchemy import select

from app.core import once
from app.products.models import Product
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee


def test_a_removed_product_stays_on_old_receipts(browser, db):
    manager, customer = browser(make_employee("manager")), make_customer()
    new = {"name": "Mug", "sku": "MUG-1", "kind": "good", "price": "16.00", "currency": "GBP"}
    product_path = manager.post("/products", new).headers["Location"]
    product = db.scalars(select(Product)).one()
    form = {
        "customer": customer.person_id,
        "product": [product.product_id],
        "quantity": ["1"],
        "price": ["16.00"],
    }
    sold = manager.post("/transactions", {**form, "once": once.new_token()})
    manager.post(f"{product_path}/archive")
    assert "Mug" in text_of(manager.get(product_path))
    assert "Mug" not in text_of(manager.get("/products"))
    assert "Mug" in text_of(manager.get("/products?state=archived"))
    receipt = text_of(manager.get(sold.headers["Location"] + "/receipt"))
    assert "Mug" in receipt
    assert "£16.00" in receipt
    refused = manager.post("/transactions", {**form, "once": once.new_token()})
    assert refused.status_code == 422
    assert "not sold any more" in text_of(refused)
