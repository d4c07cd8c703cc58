"""004-03: every transaction has a receipt, on screen, on paper and as PDF, found by its number."""

from app.core import once
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_product


def test_a_sale_at_the_counter_and_its_receipt(browser, db):
    agent, customer = browser(make_employee("agent")), make_customer(first_name="Zoë", last_name="Müller")
    mug, repair = make_product(name="Mug", price_minor=1600), make_product(name="Repair", type="service")
    form = {
        "customer": customer.person_id,
        "product": [mug.product_id, repair.product_id],
        "quantity": ["2", "1"],
        "price": ["16.00", "10.00"],
        "once": once.new_token(),
    }
    sold = agent.post("/transactions", form)
    assert "Sale R-000001" in text_of(agent.follow(sold))
    found = agent.get("/transactions?q=R-000001")
    assert "2 × Mug, Repair" in text_of(found)
    path = sold.headers["Location"]
    paper = agent.get(f"{path}/receipt")
    for words in ("Lotus Gifts", "Receipt R-000001", "Zoë Müller", "£32.00", "Total £42.00"):
        assert words in text_of(paper)
    file = agent.get(f"{path}/receipt.pdf")
    assert file.mimetype == "application/pdf"
    assert file.data.startswith(b"%PDF-")
    own = browser(customer)
    assert "Receipt R-000001" in text_of(own.get(path.replace("/transactions/", "/portal/receipts/")))
