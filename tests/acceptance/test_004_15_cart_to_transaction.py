"""004-15: cart, order, payment, receipt, transaction: once, whatever is clicked twice or sent again."""

import threading

from sqlalchemy import func, select

from app.core import once
from app.core.db import db as database
from app.orders.models import Order
from app.payments.models import Payment
from app.sales.models import Receipt, Transaction
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_product
from tests.payments.conftest import alipay, merchant_keys  # noqa: F401 - fixtures


def counts(db) -> tuple[int, ...]:
    db.rollback()
    return tuple(db.scalar(select(func.count()).select_from(kind)) for kind in (Order, Payment, Receipt, Transaction))


def test_at_the_counter(browser, db):
    carla, agent = browser(make_customer()), browser(make_employee())
    for price in (1000, 250):
        carla.post("/portal/basket", {"product": make_product(price_minor=price).product_id, "quantity": "2"})
    form = {"once": once.new_token(), "total": "2500", "pay_by": "counter"}
    assert len({carla.post("/portal/orders", form).headers["Location"] for _ in range(3)}) == 1
    order = db.scalars(select(Order)).one().order_id
    paid = {"once": once.new_token(), "amount": "25.00", "provider": "counter"}
    for _ in range(3):
        agent.post(f"/orders/{order}/payment", paid)
    agent.post(f"/orders/{order}/payment", {**paid, "once": once.new_token()})
    assert counts(db) == (1, 1, 1, 2)
    receipt = db.scalars(select(Receipt)).one()
    assert (receipt.total_minor, db.get(Order, order).receipt_id) == (2500, receipt.receipt_id)


def test_by_alipay(browser, db, work, alipay):  # noqa: F811
    carla = browser(make_customer())
    product = make_product(price_minor=8800, currency="CNY")
    carla.post("/portal/basket", {"product": product.product_id, "quantity": "1"})
    assert "Alipay" in text_of(carla.get("/portal/basket"))
    form = {"once": once.new_token(), "total": "8800", "pay_by": "alipay"}
    address = carla.post("/portal/orders", form).headers["Location"]
    assert carla.post("/portal/orders", form).headers["Location"] == address
    work()
    payment = db.scalars(select(Payment)).one()
    assert "with Alipay" in text_of(carla.get(address))
    alipay.opens(payment.pay_url)
    alipay.pays(payment.trade_no)
    body, head = alipay.notification(payment.trade_no), "application/x-www-form-urlencoded"
    told = []

    def notify() -> None:
        told.append(browser().post("/hooks/alipay", body, content_type=head).get_data())

    threads = [threading.Thread(target=notify) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work()
    assert told == [b"success"] * 8
    assert counts(db) == (1, 1, 1, 1)
    assert "Paid. Thank you!" in text_of(carla.get(address))
    database.session.rollback()


def test_pounds_are_not_paid_by_alipay(browser, db, alipay):  # noqa: F811
    carla = browser(make_customer())
    carla.post("/portal/basket", {"product": make_product().product_id, "quantity": "1"})
    assert "Alipay" not in text_of(carla.get("/portal/basket"))
    form = {"once": once.new_token(), "total": "1000", "pay_by": "alipay"}
    assert carla.post("/portal/orders", form).status_code == 422
