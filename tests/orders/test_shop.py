"""The shop as customers use it."""

import pytest
from sqlalchemy import func, select

from app.core import once
from app.core.access import SYSTEM
from app.orders import queries
from app.orders.actions import basket
from app.orders.models import Order
from app.products import actions as products
from app.sales.models import Receipt, Transaction
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_product
from tests.statements import counted


@pytest.fixture
def customer(app):
    return make_customer()


@pytest.fixture
def carla(browser, customer):
    return browser(customer)


def checkout(total: int, pay_by: str = "counter", **more: str) -> dict:
    return {"once": once.new_token(), "total": str(total), "pay_by": pay_by, **more}


def put_in(browser, product, quantity="1", **options):
    return browser.post("/portal/basket", {"product": product.product_id, "quantity": quantity}, **options)


def only(db, kind):
    db.rollback()
    return db.scalars(select(kind)).one()


def how_many(db, kind) -> int:
    db.rollback()
    return db.scalar(select(func.count()).select_from(kind))


def test_a_basket_becomes_an_order_and_once_paid_a_receipt(carla, browser, db):
    candle, repair = make_product(name="Candle", price_minor=1000), make_product(name="Repair", type="service")
    assert "Candle" in text_of(carla.get("/portal/shop"))
    assert "in your basket" in text_of(carla.follow(put_in(carla, candle, "2")))
    assert "Basket: 3 · £30.00" in text_of(put_in(carla, repair, fragment=True))
    page = text_of(carla.follow(carla.post("/portal/orders", checkout(3000, note="Ring twice"))))
    assert "Order O-00" in page
    assert "pay at the counter" in page
    order = only(db, Order)
    assert (order.state, order.total_minor, order.note, how_many(db, Receipt)) == ("placed", 3000, "Ring twice", 0)
    assert "Your basket is empty" in text_of(carla.get("/portal/basket"))
    agent = browser(make_employee())
    paid = {"once": once.new_token(), "amount": "30.00", "provider": "counter"}
    assert "Paid" in text_of(agent.follow(agent.post(f"/orders/{order.order_id}/payment", paid)))
    order, receipt = only(db, Order), only(db, Receipt)
    assert (order.state, order.receipt_id, receipt.total_minor) == ("paid", receipt.receipt_id, 3000)
    assert how_many(db, Transaction) == 2
    assert "2 × Candle, Repair" in text_of(carla.get("/portal/orders"))
    assert "Receipt R-000001" in text_of(carla.get(f"/portal/receipts/{receipt.receipt_id}"))
    agent.post(f"/orders/{order.order_id}/fulfilment")
    assert only(db, Order).state == "fulfilled"


def test_a_basket_follows_the_customer_to_another_browser(carla, browser, customer):
    put_in(carla, make_product(name="Mug"))
    assert "Mug" in text_of(browser(customer).get("/portal/basket"))


def test_a_double_click_orders_once(carla, db):
    put_in(carla, make_product(price_minor=1000))
    form = checkout(1000)
    first, again = carla.post("/portal/orders", form), carla.post("/portal/orders", form)
    assert first.headers["Location"] == again.headers["Location"]
    assert how_many(db, Order) == 1
    assert carla.post("/portal/orders", checkout(1000)).status_code == 422


def test_a_price_that_changed_is_shown_before_it_is_ordered(carla, db):
    product = make_product(price_minor=1000)
    put_in(carla, product)
    products.edit_product(product, {"price_minor": 1500}, actor=SYSTEM)
    db.commit()
    answer = carla.post("/portal/orders", checkout(1000))
    assert answer.status_code == 422
    page = text_of(answer)
    assert "£15.00" in page
    assert "was £10.00" in page
    assert how_many(db, Order) == 0
    assert carla.post("/portal/orders", checkout(1500)).status_code == 303


def test_pieces_are_changed_and_taken_out(carla):
    mug, tea = make_product(name="Mug", price_minor=100), make_product(name="Tea", price_minor=100)
    put_in(carla, mug), put_in(carla, tea)
    lines = {"product": [mug.product_id, tea.product_id], "quantity": ["5", "0"]}
    page = carla.follow(carla.post("/portal/basket/lines", lines))
    assert "£5.00" in text_of(page)
    assert "Pieces of Tea" not in page.get_data(as_text=True)


@pytest.mark.parametrize("quantity", ["0", "-1", "１", "1.5", "1e2", "NaN", "1000", "9" * 400])
def test_impossible_quantities(carla, quantity):
    assert put_in(carla, make_product(), quantity).status_code == 422


def test_a_basket_has_an_end(carla, db, customer):
    product = make_product()
    assert put_in(carla, product, "999").status_code == 303
    assert put_in(carla, product).status_code == 422
    for _ in range(basket.MOST_LINES - 1):
        put_in(carla, make_product())
    assert put_in(carla, make_product()).status_code == 422
    assert len(queries.load_basket(customer.person_id).lines) == basket.MOST_LINES


def test_what_is_archived_leaves_the_shop_and_the_basket(carla, db):
    product = make_product(name="Candle")
    put_in(carla, product, fragment=True)
    products.archive_product(product, actor=SYSTEM)
    db.commit()
    assert "Candle" not in text_of(carla.get("/portal/shop"))
    assert "Your basket is empty" in text_of(carla.get("/portal/basket"))
    assert put_in(carla, product).status_code == 422
    assert carla.post("/portal/orders", checkout(0)).status_code == 422


def test_a_basket_has_one_currency(carla):
    put_in(carla, make_product(currency="GBP"))
    answer = put_in(carla, make_product(currency="EUR"))
    assert answer.status_code == 422
    assert "paid in EUR" in text_of(answer)


def test_what_costs_nothing_is_paid_at_once(carla, db):
    put_in(carla, make_product(price_minor=0))
    carla.post("/portal/orders", checkout(0))
    assert (only(db, Order).state, only(db, Receipt).total_minor) == ("paid", 0)


def test_only_one_s_own_orders(carla, browser, db):
    other = make_customer()
    put_in(browser(other), make_product(name="Secret"))
    browser(other).post("/portal/orders", checkout(1000))
    address = f"/portal/orders/{only(db, Order).order_id}"
    assert carla.get(address).status_code == 404
    assert carla.post(f"{address}/cancellation").status_code == 404
    assert carla.post(f"{address}/payment", {"pay_by": "counter"}).status_code == 404
    assert "Secret" not in text_of(carla.get("/portal/orders"))
    agent = browser(make_employee("agent"))
    for path in ("/portal/shop", "/portal/orders", "/portal/basket", "/portal/receipts"):
        assert agent.get(path).status_code == 403
    assert agent.post("/portal/orders", checkout(0)).status_code == 403


def test_a_customer_takes_an_unpaid_order_back(carla, db):
    put_in(carla, make_product())
    carla.post("/portal/orders", checkout(1000))
    address = f"/portal/orders/{only(db, Order).order_id}"
    assert "Cancelled" in text_of(carla.follow(carla.post(f"{address}/cancellation")))
    assert only(db, Order).state == "cancelled"


def test_old_addresses_of_receipts_lead_on(carla, customer, db):
    from app.sales import actions as sales

    receipt = sales.record_sale(customer, [sales.SaleLine(make_product().product_id)], actor=SYSTEM)
    db.commit()
    answer = carla.get(f"/portal/orders/{receipt.receipt_id}")
    assert answer.headers["Location"] == f"/portal/receipts/{receipt.receipt_id}"


def test_the_shop_in_at_most_eight_statements(carla, db):
    put_in(carla, make_product())
    carla.post("/portal/orders", checkout(1000))
    put_in(carla, make_product())
    order = only(db, Order).order_id
    for path in ("/portal/shop", "/portal/basket", "/portal/orders", f"/portal/orders/{order}", "/portal/receipts"):
        carla.get(path)
        with counted() as statements:
            assert carla.get(path).status_code == 200
        assert len(statements) <= 8, (path, statements)


def test_staff_pages_in_at_most_eight_statements(carla, browser, db):
    put_in(carla, make_product())
    carla.post("/portal/orders", checkout(1000))
    order = only(db, Order)
    agent = browser(make_employee("manager"))
    pay = {"once": once.new_token(), "amount": "4", "provider": "counter"}
    agent.post(f"/orders/{order.order_id}/payment", pay)
    for path in ("/orders", f"/orders/{order.order_id}", "/payments", "/invoices"):
        agent.get(path)
        with counted() as statements:
            assert agent.get(path).status_code == 200
        assert len(statements) <= 8, (path, statements)
