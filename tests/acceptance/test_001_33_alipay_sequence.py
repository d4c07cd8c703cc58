"""001-33: a payment by Alipay is begun, notified, asked for and given back, and its page tells each step in order."""

from sqlalchemy import select

from app.orders.actions import ordering
from app.orders.models import Order
from app.payments.actions import online
from app.payments.models import Payment, Step
from tests.browser_client import text_of
from tests.factories import make_employee
from tests.payments.conftest import alipay, customer_of, make_order, merchant_keys  # noqa: F401 - fixtures


def test_the_page_of_a_payment_tells_its_sequence(browser, db, work, alipay):  # noqa: F811
    order = make_order(db)
    payment = ordering.pay_online(order, "alipay", actor=customer_of(order))
    db.commit()
    work()
    db.refresh(payment)
    alipay.opens(payment.pay_url)
    online.ask(payment.payment_id)
    db.commit()
    alipay.pays(payment.trade_no)
    form = "application/x-www-form-urlencoded"
    told = browser().post("/hooks/alipay", alipay.notification(payment.trade_no), content_type=form)
    assert told.get_data() == b"success"
    ordering.give_back(db.get(Order, order.order_id), 800, reason="Chipped", actor=customer_of(order))
    db.commit()
    work()
    db.rollback()
    steps = db.scalars(select(Step).order_by(Step.at, Step.step_id)).all()
    assert [(step.sender, step.receiver, step.title) for step in steps] == [
        ("customer", "shop", "Chooses how to pay"),
        ("shop", "vendor", "alipay.trade.page.pay"),
        ("shop", "vendor", "alipay.trade.query"),
        ("vendor", "shop", "Answer"),
        ("vendor", "shop", "Notification"),
        ("shop", "shop", "CN¥88.00 is paid"),
        ("shop", "shop", "CN¥8.00 shall go back"),
        ("shop", "vendor", "alipay.trade.refund"),
        ("vendor", "shop", "Answer"),
        ("shop", "shop", "CN¥8.00 went back"),
    ]
    agent = browser(make_employee())
    page = text_of(agent.get(f"/payments/{payment.payment_id}"))
    places = [page.index(words) for words in ("alipay.trade.query", "Notification", "is paid", "alipay.trade.refund")]
    assert places == sorted(places)
    assert alipay.trades[payment.trade_no].trade_no in page
    assert order.label in page
    assert db.get(Payment, payment.payment_id).left_minor == 8000
