"""The shop as customers use it."""

import pytest
from sqlalchemy import func, select

from app.core import once
from app.core.access import SYSTEM
from app.core.redis import redis
from app.products import actions as products
from app.sales import actions, basket, figures
from app.sales.models import Receipt, Transaction
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_product
from tests.statements import counted


@pytest.fixture
def carla(browser, db):
    carla = browser(make_customer())
    return carla


def order(total: int) -> dict:
    return {"once": once.new_token(), "total": str(total)}


def put_in(browser, product, quantity="1", **options):
    return browser.post("/portal/basket", {"product": product.product_id, "quantity": quantity}, **options)


def sell(db, product, quantity=1, customer=None) -> Receipt:
    lines = [actions.SaleLine(product.product_id, quantity)]
    receipt = actions.record_sale(customer or make_customer(), lines, actor=SYSTEM)
    db.commit()
    return receipt


def test_a_basket_of_several_lines_becomes_one_receipt(carla, db):
    candle, repair = make_product(name="Candle", price_minor=1000), make_product(name="Repair", type="service")
    assert "Candle" in text_of(carla.get("/portal/shop"))
    assert "in your basket" in text_of(carla.follow(put_in(carla, candle, "2")))
    bar = put_in(carla, repair, fragment=True)
    assert "Basket: 3 · £30.00" in text_of(bar)
    assert "£30.00" in text_of(carla.get("/portal/basket"))
    page = text_of(carla.follow(carla.post("/portal/orders", order(3000))))
    assert "Receipt R-000001" in page
    assert "Paid at the counter" in page
    receipt = db.scalars(select(Receipt)).one()
    assert (receipt.source, receipt.total_minor) == ("customer", 3000)
    assert db.scalar(select(func.count()).select_from(Transaction)) == 2
    assert "Your basket is empty" in text_of(carla.get("/portal/basket"))
    assert "2 × Candle, Repair" in text_of(carla.get("/portal/orders"))
    assert "2 × Candle, Repair" in text_of(carla.get("/portal"))


def test_a_double_click_buys_once(carla, db):
    put_in(carla, make_product(price_minor=1000))
    form = order(1000)
    first, again = carla.post("/portal/orders", form), carla.post("/portal/orders", form)
    assert first.headers["Location"] == again.headers["Location"]
    assert db.scalar(select(func.count()).select_from(Receipt)) == 1


def test_a_price_that_changed_is_shown_before_it_is_paid(carla, db):
    product = make_product(price_minor=1000)
    put_in(carla, product)
    products.edit_product(product, {"price_minor": 1500}, actor=SYSTEM)
    db.commit()
    answer = carla.post("/portal/orders", order(1000))
    assert answer.status_code == 422
    assert "£15.00" in text_of(answer)
    assert db.scalar(select(func.count()).select_from(Receipt)) == 0


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


def test_what_is_archived_leaves_the_shop_and_the_basket(carla, db):
    product = make_product(name="Candle")
    sell(db, product)
    put_in(carla, product)
    assert "Loved lately" in text_of(carla.get("/portal/shop"))
    products.archive_product(product, actor=SYSTEM)
    db.commit()
    assert "Candle" not in text_of(carla.get("/portal/shop"))
    assert "Your basket is empty" in text_of(carla.get("/portal/basket"))
    assert put_in(carla, product).status_code == 422
    assert carla.post("/portal/orders", order(0)).status_code == 422


def test_a_basket_has_one_currency(carla):
    put_in(carla, make_product(currency="GBP"))
    answer = put_in(carla, make_product(currency="EUR"))
    assert answer.status_code == 422
    assert "paid in EUR" in text_of(answer)


def test_a_basket_has_an_end(carla):
    for _ in range(basket.MOST_LINES):
        put_in(carla, make_product())
    assert put_in(carla, make_product()).status_code == 422


def test_only_one_s_own_orders(carla, browser, db):
    other = sell(db, make_product(name="Secret"))
    for path in (f"/portal/orders/{other.receipt_id}", f"/portal/orders/{other.receipt_id}.pdf"):
        assert carla.get(path).status_code == 404
    assert "Secret" not in text_of(carla.get("/portal/orders"))
    agent = browser(make_employee("agent"))
    for path in ("/portal/shop", "/portal/orders", "/portal/basket"):
        assert agent.get(path).status_code == 403
    assert agent.post("/portal/orders", order(0)).status_code == 403


def test_bestsellers_follow_each_sale(app, db):
    mug, tea = make_product(name="Mug"), make_product(name="Tea")
    sell(db, mug, 2)
    assert [product.name for product in figures.list_bestsellers(5)] == ["Mug"]
    assert redis.client.exists(figures.BESTSELLERS)
    sell(db, tea, 5)
    assert [product.name for product in figures.list_bestsellers(5)] == ["Tea", "Mug"]


def test_the_shop_in_at_most_eight_statements(carla, db):
    for number in range(5):
        sell(db, make_product(name=f"Mug {number}"))
    put_in(carla, make_product())
    for path in ("/portal/shop", "/portal/basket", "/portal/orders"):
        carla.get(path)
        with counted() as statements:
            assert carla.get(path).status_code == 200
        assert len(statements) <= 8, statements
