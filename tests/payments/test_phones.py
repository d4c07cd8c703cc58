"""Paying on a phone: the vendor's app opens instead of a page for computers or a code."""

import json
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import select, text
from werkzeug.datastructures import Headers

from app.core import once
from app.core.clock import now
from app.orders.actions import ordering
from app.payments.forms import read_payer
from app.payments.models import Payment
from app.payments.providers.base import Payer
from app.people.models import Customer
from tests.browser_client import text_of
from tests.payments.conftest import customer_of, make_order

PHONE = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
IN_WECHAT = PHONE + " MicroMessenger/8.0.60"
COMPUTER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
AT_HAND = Payer("phone", "203.0.113.7")


def ask(db, work, order, vendor, payer) -> Payment:
    payment = ordering.pay_online(order, vendor, actor=customer_of(order), payer=payer)
    db.commit()
    work()
    db.refresh(payment)
    return payment


@pytest.mark.parametrize(
    ("headers", "device"),
    [
        ({"User-Agent": PHONE}, "phone"),
        ({"User-Agent": COMPUTER}, "computer"),
        ({"User-Agent": COMPUTER, "Sec-CH-UA-Mobile": "?1"}, "phone"),
        ({"User-Agent": COMPUTER, "Sec-CH-UA-Mobile": "?0"}, "computer"),
        ({"User-Agent": IN_WECHAT}, "computer"),
        ({}, "computer"),
    ],
)
def test_what_a_browser_says_it_is(headers, device):
    assert read_payer(Headers(headers), "203.0.113.7") == Payer(device, "203.0.113.7")


def test_alipay_opens_its_app(db, work, order, alipay):
    payment = ask(db, work, order, "alipay", AT_HAND)
    asked = dict(parse_qsl(urlsplit(payment.pay_url).query))
    wanted = json.loads(asked["biz_content"])
    assert (asked["method"], wanted["product_code"]) == ("alipay.trade.wap.pay", "QUICK_WAP_WAY")
    assert wanted["quit_url"] == asked["return_url"]
    alipay.opens(payment.pay_url)
    assert alipay.trades[payment.trade_no].total == 88


def test_wechat_pay_opens_its_app_and_says_where_to_come_back(db, work, order, wechat):
    payment = ask(db, work, order, "wechatpay", AT_HAND)
    assert (payment.state, wechat.asked[-1]) == ("waiting", "POST /v3/pay/transactions/h5")
    address = urlsplit(payment.pay_url)
    assert dict(parse_qsl(address.query))["redirect_url"].endswith(f"/portal/payments/{payment.payment_id}")
    assert payment.expires_at < now() + timedelta(minutes=5)
    told = db.scalar(text("SELECT string_agg(detail::text, '') FROM payment_steps"))
    assert "203.0.113.7" not in told


def test_wechat_pay_refuses_a_phone_without_an_address(db, work, order, wechat):
    assert ask(db, work, order, "wechatpay", Payer("phone", "unknown")).state == "failed"


@pytest.mark.parametrize("vendor", ["alipay", "wechatpay"])
def test_another_device_begins_anew_and_the_same_goes_on(db, work, order, alipay, wechat, vendor):  # noqa: PLR0917
    first = ask(db, work, order, vendor, Payer())
    second = ask(db, work, order, vendor, AT_HAND)
    assert (first.device, second.device, first.payment_id != second.payment_id) == ("computer", "phone", True)
    assert ask(db, work, order, vendor, AT_HAND).payment_id == second.payment_id
    assert ask(db, work, order, vendor, Payer()).payment_id == first.payment_id


def test_the_page_of_a_phone(db, browser, work, wechat):
    order = make_order(db, 5200)
    carla = browser(db.get(Customer, order.customer_id))
    form = {"pay_by": "wechatpay", "once": once.new_token()}
    address = carla.post(f"/portal/orders/{order.order_id}/payment", form, headers={"User-Agent": PHONE})
    work()
    page = carla.get(address.headers["Location"])
    assert "in the app of WeChat Pay" in text_of(page)
    assert 'referrerpolicy="origin"' in page.get_data(as_text=True)
    assert "scan" not in text_of(page)
    payment = db.scalars(select(Payment)).one()
    wechat.pays(payment.trade_no)
    body, headers = wechat.notification(payment.trade_no)
    browser().post("/hooks/wechatpay", body, headers=headers, content_type="application/json")
    assert "Paid. Thank you!" in text_of(carla.get(address.headers["Location"]))
