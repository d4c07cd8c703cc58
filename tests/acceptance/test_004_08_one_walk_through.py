"""004-08: contact details, sales and receipts, communications, and the figures made of them, in one walk."""

import re

from sqlalchemy import select

from app.people.models import Customer
from app.sales.models import Receipt
from tests.browser_client import text_of
from tests.factories import give_password, make_employee, make_product


def test_from_a_stranger_to_a_customer_with_a_history(browser, db, work, mailbox):
    agent = browser(make_employee("agent"))
    mug = make_product(name="Speckled mug", price_minor=1250)

    # 004-01: the contact details are stored, found by each of them, and a double is pointed out
    form = {"first_name": "Wilma", "last_name": "Walker", "email": "wilma@example.com", "phone": "020 7946 0123"}
    page = agent.follow(agent.post("/customers", {**form, "stage": "customer"}))
    wilma = db.scalars(select(Customer).where(Customer.email == "wilma@example.com")).one()
    assert "Wilma Walker" in text_of(page)
    for words in ("Walker", "wilma@example.com", "+44 20 7946 0123"):
        assert "Wilma Walker" in text_of(agent.get("/customers", query_string={"q": words})), words
    again = agent.post("/customers", {**form, "email": "other@example.com", "stage": "customer"})
    assert again.status_code == 422
    assert "Wilma Walker" in text_of(again)

    # 004-02 and 004-03: what she buys is in the books, with a receipt on screen, on paper and by its number
    sold = agent.post(
        "/transactions",
        {"customer": wilma.person_id, "product": mug.product_id, "quantity": "3", "price": "12.50"},
    )
    page = agent.follow(sold)
    receipt = db.scalars(select(Receipt)).one()
    assert receipt.total_minor == 3750
    assert receipt.label in text_of(page)
    assert "£37.50" in text_of(agent.get(f"/transactions/{receipt.receipt_id}/receipt"))
    assert agent.get(f"/transactions/{receipt.receipt_id}/receipt.pdf").data.startswith(b"%PDF")
    assert "Wilma Walker" in text_of(agent.get("/transactions", query_string={"q": receipt.label}))

    # 004-04: a chat, a call and an email with her stand in one stream
    give_password(wilma)
    hers = browser(wilma)
    asked = hers.post(
        "/portal/chats/new", {"topic": "The mugs", "message": "Are they safe in the oven?", "key": "a" * 32}
    )
    channel = asked.headers["Location"].rsplit("/", 1)[1]
    agent.post(f"/conversations/{channel}/acceptance")
    agent.post(f"/conversations/{channel}/messages", {"content": "Up to 200 degrees."})
    assert "Up to 200 degrees." in text_of(hers.get(f"/portal/chats/{channel}"))
    call = {"direction": "out", "minutes": "4", "outcome": "Reached", "notes": "Told her again."}
    agent.post(f"/customers/{wilma.person_id}/call", call)
    letter = {"subject": "Care of mugs", "content": "By hand, please.", "key": "b" * 32}
    agent.post(f"/customers/{wilma.person_id}/email", letter)
    work()
    assert any(mail["Subject"] == "Care of mugs" for mail in mailbox.to("wilma@example.com"))
    record = text_of(agent.get(f"/customers/{wilma.person_id}"))
    for words in ("The mugs", "Call · 4 min", "Care of mugs", "£37.50"):
        assert words in record, words

    # and whoever leads sees all of it in figures
    manager = browser(make_employee("manager"))
    figures = text_of(manager.get("/performance"))
    assert re.search(r"Agent Employee\d+", figures)
    assert "£37.50" in figures
