"""The books as staff use them: selling, finding, giving back."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.accounts import sign_ins
from app.accounts.models import ChangedGrant
from app.core import once
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db as database
from app.people import actions as people
from app.people import timeline
from app.people.models import Customer
from app.products import actions as products
from app.products.models import Product
from app.sales import actions, queries
from app.sales.models import Receipt, Transaction
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_product
from tests.statements import counted


@pytest.fixture
def manager(browser, db):
    return browser(make_employee("manager"))


@pytest.fixture
def agent(browser, db):
    return browser(make_employee("agent"))


def sell(*prices, customer=None, at=None, actor=SYSTEM, **product) -> Receipt:
    lines = [actions.SaleLine(make_product(price_minor=price, **product).product_id) for price in prices]
    receipt = actions.record_sale(customer or make_customer(), lines, actor=actor, at=at)
    database.session.commit()
    return receipt


def draft(customer, *lines) -> dict:
    return {
        "customer": customer.person_id,
        "product": [product.product_id for product, _quantity, _price in lines],
        "quantity": [quantity for _product, quantity, _price in lines],
        "price": [price for _product, _quantity, price in lines],
        "once": once.new_token(),
    }


def count(db, model=Receipt) -> int:
    return db.scalar(select(func.count()).select_from(model))


class TestSelling:
    def test_step_by_step_without_script(self, agent, db):
        make_customer(first_name="Zoë", last_name="Müller")
        make_product(name="Candle", price_minor=1000)
        page = agent.post("/transactions/draft", {"customer_words": "muller", "product_words": "candle", "do": "look"})
        markup = page.get_data(as_text=True)
        customer_id = re.search(r'value="choose ([0-9a-f-]+)"', markup)[1]
        product_id = re.search(r'value="add ([0-9a-f-]+)"', markup)[1]
        page = agent.post("/transactions/draft", {"do": f"choose {customer_id}"})
        assert "Zoë Müller" in text_of(page)
        form = {"customer": customer_id, "do": f"add {product_id}"}
        form |= {"product": [product_id], "quantity": ["2"], "price": ["10.00"]}
        page = agent.post("/transactions/draft", form)
        assert "£30.00" in text_of(page)
        assert "Candle" not in text_of(agent.post("/transactions/draft", {**form, "do": f"remove {product_id}"}))
        assert count(db) == 0
        sold = agent.follow(agent.post("/transactions", {**form, "once": once.new_token()}))
        assert "Sale R-000001" in text_of(sold)
        assert "£20.00" in text_of(sold)

    def test_the_form_sent_twice_makes_one_sale(self, agent, db):
        form = draft(make_customer(), (make_product(), "1", "10.00"))
        first, again = agent.post("/transactions", form), agent.post("/transactions", form)
        assert first.headers["Location"] == again.headers["Location"]
        assert count(db) == 1

    def test_the_customer_of_the_address_is_chosen(self, agent):
        customer = make_customer(first_name="Zoë", last_name="Müller")
        page = agent.get(f"/transactions/new?customer={customer.person_id}")
        assert "Zoë Müller" in text_of(page)

    @pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "１２", "1e3", "", "100001", "9" * 30, "NaN"])
    def test_no_quantity(self, manager, db, quantity):
        answer = manager.post("/transactions", draft(make_customer(), (make_product(), quantity, "10.00")))
        assert answer.status_code == 422
        assert "whole number" in text_of(answer)
        assert count(db) == 0

    @pytest.mark.parametrize("price", ["-1", "0.001", "1e308", "NaN", "Infinity", "１２", str(2**63), ""])
    def test_no_price(self, manager, db, price):
        answer = manager.post("/transactions", draft(make_customer(), (make_product(), "1", price)))
        assert answer.status_code == 422
        assert count(db) == 0

    def test_another_price_takes_a_right(self, manager, agent, db):
        product = make_product(price_minor=1000)
        answer = agent.post("/transactions", draft(make_customer(), (product, "1", "0.01")))
        assert answer.status_code == 422
        assert "price has changed" in text_of(answer)
        assert "price-" not in agent.get("/transactions/new").get_data(as_text=True)
        assert manager.post("/transactions", draft(make_customer(), (product, "1", "0.01"))).status_code == 303
        assert db.scalars(select(Receipt.total_minor)).one() == 1

    def test_what_is_missing_is_said(self, agent, db):
        answer = agent.post("/transactions", {**draft(make_customer(), (make_product(), "1", "10")), "customer": ""})
        assert "Choose who buys" in text_of(answer)
        assert "at least one line" in text_of(agent.post("/transactions", draft(make_customer())))
        both = draft(make_customer(), (make_product(), "1", "10"), (make_product(currency="EUR"), "1", "10"))
        assert "receipt each" in text_of(agent.post("/transactions", both))
        assert count(db) == 0

    def test_a_customer_one_may_not_see(self, browser, db):
        alice = make_employee("agent")
        customer = make_customer(owner_id=make_employee("agent").person_id)
        db.add(ChangedGrant(role="agent", permission="customers.read", scope="own"))
        db.commit()
        answer = browser(alice).post("/transactions", draft(customer, (make_product(), "1", "10.00")))
        assert answer.status_code == 404


class TestTheList:
    def test_in_at_most_eight_statements(self, manager):
        for _ in range(30):
            sell(500, 700)
        manager.get("/transactions")
        with counted() as statements:
            page = manager.get("/transactions")
        assert len(statements) <= 8, statements
        assert "30 receipts" in text_of(page)
        assert "£360.00" in text_of(page)

    @pytest.mark.parametrize("words", ["2", "R-000002", "r-2", "#2", "zoe muller", "MÜLLER"])
    def test_a_receipt_is_found_by(self, manager, words):
        sell(1, name="Soap")
        sell(1, name="Mug", customer=make_customer(first_name="Zoë", last_name="Müller"))
        page = text_of(manager.get("/transactions", query_string={"q": words}))
        assert "R-000002" in page
        assert "R-000001" not in page

    def test_by_kind_customer_and_day(self, manager, db):
        old = sell(1000, at=now() - timedelta(days=40))
        new = sell(700)
        actions.refund(old, None, amount_minor=300, reason="Late", actor=SYSTEM)
        db.commit()
        today = now().date().isoformat()
        assert "R-000003" in text_of(manager.get("/transactions?kind=refund"))
        assert "R-000001" not in text_of(manager.get("/transactions?kind=refund"))
        assert "1 receipt " in text_of(manager.get(f"/transactions?customer={new.customer_id}"))
        page = text_of(manager.get(f"/transactions?from={today}&to={today}"))
        assert "£7.00 sold, -£3.00 given back £4.00" in page
        assert "Partly refunded" in text_of(manager.get("/transactions?q=1"))

    def test_both_ends(self, manager):
        for _ in range(30):
            sell(100)
        assert "R-000030" in text_of(manager.get("/transactions"))
        last = text_of(manager.get("/transactions?after=WyJiIl0"))
        assert "R-000001" in last
        assert "R-000030" not in last

    @pytest.mark.parametrize(
        "query", ["kind=x", "sort=number", "from=yesterday", "to=2026-13-01", "customer=1", "after=x", "to=9999-12-31"]
    )
    def test_an_address_that_makes_no_sense(self, manager, query):
        assert manager.get(f"/transactions?{query}").status_code == 422


class TestARefund:
    def test_of_everything_once_however_often_it_is_sent(self, agent, db):
        sale = sell(1000, 500)
        path = f"/transactions/{sale.receipt_id}"
        form = {"how": "all", "reason": "Damaged", "once": once.new_token()}
        page = agent.follow(agent.post(f"{path}/refund", form))
        assert agent.post(f"{path}/refund", form).status_code == 303
        assert "Refunded" in text_of(page)
        assert "R-000002" in text_of(page)
        assert count(db) == 2
        again = agent.post(f"{path}/refund", {**form, "once": once.new_token()})
        assert again.status_code == 409
        assert "refunded already" in text_of(again)

    def test_of_pieces_and_of_an_amount(self, agent, db):
        product = make_product(price_minor=1000)
        sale = actions.record_sale(make_customer(), [actions.SaleLine(product.product_id, 3)], actor=SYSTEM)
        db.commit()
        line = queries.list_lines(sale)[0].transaction_id
        path = f"/transactions/{sale.receipt_id}"
        pieces = {"how": "pieces", f"pieces-{line}": "2", "reason": "Broken"}
        assert "Partly refunded" in text_of(agent.follow(agent.post(f"{path}/refund", pieces)))
        amount = {"how": "amount", "amount": "4.50", "reason": "Late"}
        assert "£5.50" in text_of(agent.follow(agent.post(f"{path}/refund", amount)))
        assert agent.post(f"{path}/refund", pieces).status_code == 409
        assert agent.post(f"{path}/refund", {**amount, "amount": "5.51"}).status_code == 409
        assert db.scalar(select(func.sum(Receipt.total_minor))) == 550

    @pytest.mark.parametrize("amount", ["-1", "0", "0.001", "1e308", "NaN", "Infinity", "１２", str(2**63), "1e5", ""])
    def test_of_no_amount(self, agent, db, amount):
        sale = sell(1000)
        answer = agent.post(
            f"/transactions/{sale.receipt_id}/refund", {"how": "amount", "amount": amount, "reason": "Late"}
        )
        assert answer.status_code == 422
        assert count(db) == 1

    @pytest.mark.parametrize(
        "form",
        [{"how": "all", "reason": " "}, {"how": "some", "reason": "x"}, {"how": "pieces", "reason": "x"}],
    )
    def test_needs_to_say_what_and_why(self, agent, form):
        assert agent.post(f"/transactions/{sell(1000).receipt_id}/refund", form).status_code == 422

    def test_is_not_given_back_again(self, agent, db):
        sale = sell(1000)
        refund = actions.refund(sale, None, reason="x", actor=SYSTEM)
        db.commit()
        assert agent.get(f"/transactions/{refund.receipt_id}/refund").status_code == 422


class TestOneReceipt:
    def test_in_at_most_eight_statements(self, manager, db):
        sale = sell(1000, 500)
        actions.refund(sale, None, amount_minor=100, reason="Late", actor=SYSTEM)
        db.commit()
        path = f"/transactions/{sale.receipt_id}"
        for address in (path, f"{path}/receipt"):
            manager.get(address)
            with counted() as statements:
                page = manager.get(address)
            assert len(statements) <= 8, statements
            assert "-£1.00" in text_of(page)

    def test_an_archived_product_stays_on_it(self, manager, db):
        sale = sell(1000, name="Candle")
        product = db.scalars(select(Product)).one()
        products.archive_product(product, actor=SYSTEM)
        products.edit_product(product, {"name": "New name", "price_minor": 1}, actor=SYSTEM)
        db.commit()
        page = text_of(manager.get(f"/transactions/{sale.receipt_id}/receipt"))
        assert "Candle" in page
        assert "£10.00" in page

    def test_the_books_outlive_the_customer(self, manager, db):
        customer = make_customer(first_name="Zoë", last_name="Müller")
        sale = sell(1000, customer=customer)
        people.erase_customer(db.get(Customer, customer.person_id), actor=SYSTEM, reason="asked")
        db.commit()
        page = text_of(manager.get(f"/transactions/{sale.receipt_id}"))
        assert "Erased customer" in page
        assert "Müller" not in page
        assert manager.get("/transactions").status_code == 200
        answer = manager.post("/transactions", draft(customer, (make_product(), "1", "10.00")))
        assert answer.status_code in (404, 409)

    def test_what_others_may_not(self, browser, db):
        sale = sell(1000)
        path = f"/transactions/{sale.receipt_id}"
        customer = browser(make_customer())
        for address in (path, f"{path}/receipt", f"{path}/receipt.pdf", f"{path}/refund", "/transactions"):
            assert customer.get(address).status_code == 403
        assert customer.post(f"{path}/refund", {"how": "all", "reason": "x"}).status_code == 403
        assert customer.post("/transactions").status_code == 403
        assert count(db) == 1

    def test_what_is_not_there(self, manager):
        for path in ("", "/receipt", "/receipt.pdf", "/refund"):
            nowhere = f"/transactions/00000000-0000-0000-0000-000000000000{path}"
            assert manager.get(nowhere).status_code == 404

    def test_hostile_words_stay_words(self, manager):
        sale = sell(1000, name="<img src=x onerror=alert(1)>", customer=make_customer(last_name="<b>x</b>"))
        for path in ("", "/receipt", "/refund"):
            markup = manager.get(f"/transactions/{sale.receipt_id}{path}").get_data(as_text=True)
            assert "<img src=x" not in markup
            assert "<b>x" not in markup


class TestWhatACustomerIsWorth:
    def test_on_the_record_and_in_the_list(self, manager, db):
        customer = make_customer()
        sell(1000, customer=customer)
        old = sell(5000, customer=customer, at=now() - timedelta(days=500))
        actions.refund(old, None, amount_minor=2000, reason="Late", actor=SYSTEM)
        db.commit()
        page = text_of(manager.get(f"/customers/{customer.person_id}"))
        assert "All in all £40.00" in page
        assert "Last 12 months -£10.00" in page
        assert "Purchases 2" in page
        assert "Given back · R-000003" in page
        assert "£40.00" in text_of(manager.get("/customers"))

    def test_in_as_many_statements_as_without_sales(self, manager):
        customer = make_customer()
        sell(1000, customer=customer)
        for path in ("/customers", f"/customers/{customer.person_id}"):
            manager.get(path)
            with counted() as statements:
                manager.get(path)
            assert len(statements) <= 8, statements

    def test_on_the_product_s_page(self, manager, db):
        sale = sell(1000)
        product_id = db.scalars(select(Transaction.product_id)).one()
        actions.refund(sale, None, amount_minor=400, reason="Late", actor=SYSTEM)
        db.commit()
        page = text_of(manager.get(f"/products/{product_id}"))
        assert "£6.00" in page
        assert "-£4.00" in page


class TestWhoSeesWhat:
    @pytest.fixture
    def receipts(self, db):
        alice, bob, other = (make_employee("agent", department=d) for d in ("Shop", "Shop", "Web"))
        return {person: sell(100, customer=make_customer(owner_id=person.person_id)) for person in (alice, bob, other)}

    @pytest.mark.parametrize(("scope", "seen"), [("own", 1), ("team", 2), ("all", 3)])
    def test_through_the_customer_s_owner(self, receipts, db, scope, seen):
        alice = sign_ins.actor_for(next(iter(receipts)).person_id)
        actor = replace(alice, grants={**alice.grants, "transactions.read": scope})
        page = queries.list_receipts(actor, queries.ReceiptFilter(), time_zone="UTC")
        assert len(page.rows) == seen
        found = [queries.search_receipts(actor, str(receipt.number), 5) for receipt in receipts.values()]
        assert sum(map(len, found)) == seen

    def test_in_the_history_of_a_customer_too(self, receipts, db):
        alice, _bob, other = receipts
        actor = sign_ins.actor_for(alice.person_id)
        actor = replace(actor, grants={**actor.grants, "transactions.read": "own"})
        customers = [receipts[person].customer_id for person in (alice, other)]
        assert [len(timeline.list_items(actor, customer, kinds=["sales"])) for customer in customers] == [1, 0]
