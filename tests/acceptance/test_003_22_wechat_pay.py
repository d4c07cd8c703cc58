"""003-22: WeChat Pay by APIv3: a code, a signed and sealed notification, query, refund, close."""

from sqlalchemy import select

from app.core import once
from app.orders.actions import ordering
from app.orders.models import Order
from app.payments.actions import online
from app.payments.models import Payment, PaymentRefund
from app.sales.models import Receipt
from tests.browser_client import text_of
from tests.factories import make_customer, make_product
from tests.payments.conftest import customer_of, make_order, merchant_keys, wechat  # noqa: F401 - fixtures


def test_the_whole_way(browser, db, work, wechat):  # noqa: F811
    carla = browser(make_customer())
    product = make_product(price_minor=5200, currency="CNY")
    carla.post("/portal/basket", {"product": product.product_id, "quantity": "1"})
    form = {"once": once.new_token(), "total": "5200", "pay_by": "wechatpay"}
    address = carla.post("/portal/orders", form).headers["Location"]
    work()
    assert "scan the code" in text_of(carla.get(address))
    payment = db.scalars(select(Payment)).one()
    online.ask(payment.payment_id)
    db.commit()
    assert payment.state == "waiting"
    wechat.pays(payment.trade_no)
    body, headers = wechat.notification(payment.trade_no)
    told = browser().post("/hooks/wechatpay", body, headers=headers, content_type="application/json")
    assert (told.status_code, told.json["code"]) == (200, "SUCCESS")
    assert "Paid. Thank you!" in text_of(carla.get(address))
    order = db.scalars(select(Order)).one()
    db.refresh(order)
    wechat.refunds_stand = "SUCCESS"
    ordering.give_back(order, None, reason="Cracked", actor=customer_of(order))
    db.commit()
    work()
    db.rollback()
    assert db.scalars(select(PaymentRefund)).one().state == "done"
    assert sorted(db.scalars(select(Receipt.total_minor))) == [-5200, 5200]
    other = make_order(db, 900)
    unpaid = ordering.pay_online(other, "wechatpay", actor=customer_of(other))
    ordering.cancel(other, reason="Changed my mind", actor=customer_of(other))
    db.commit()
    work()
    db.refresh(unpaid)
    assert unpaid.state == "closed"
