"""A shop that sells in yuan, with accounts at vendors that are played."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.accounts import sign_ins
from app.core.access import SYSTEM
from app.orders import pricing
from app.orders.actions import ordering
from app.orders.models import Order
from app.payments.actions import accounts
from app.taxes.calculating import UNTAXED
from tests.factories import make_customer, make_product
from tests.fakes.alipay import FakeAlipay, make_keys
from tests.fakes.wechat_pay import APIV3_KEY, FakeWeChatPay


@pytest.fixture(scope="session")
def merchant_keys() -> tuple[str, str]:
    return make_keys()


@pytest.fixture
def alipay(app, db, merchant_keys, monkeypatch) -> Iterator[FakeAlipay]:
    """Alipay, with an account of this shop that is switched on."""
    private, public = merchant_keys
    vendor = FakeAlipay(public)
    config = replace(app.extensions["rapport"], alipay_url=f"{vendor.url}/gateway.do")
    monkeypatch.setitem(app.extensions, "rapport", config)
    values = {
        "app_id": vendor.app_id,
        "seller_id": vendor.seller_id,
        "private_key": private,
        "alipay_public_key": vendor.public_key,
    }
    accounts.save_account("alipay", values, is_enabled=True, actor=SYSTEM)
    db.commit()
    yield vendor
    vendor.stop()


@pytest.fixture
def order(app, db) -> Order:
    """¥88.00, to be paid."""
    return make_order(db)


def make_order(db: Any, amount: int = 8800, currency: str = "CNY") -> Order:
    line = pricing.Priced(make_product(price_minor=amount, currency=currency, name="茶"), 1, UNTAXED)
    placed = ordering.place(make_customer(), [line], pay_by="counter", actor=SYSTEM)
    db.commit()
    return placed


def customer_of(order: Order) -> Any:
    actor = sign_ins.actor_for(order.customer_id)
    assert actor is not None
    return actor


@pytest.fixture
def wechat(app, db, merchant_keys, monkeypatch) -> Iterator[FakeWeChatPay]:
    """WeChat Pay, with an account of this shop that is switched on."""
    private, public = merchant_keys
    vendor = FakeWeChatPay(public)
    monkeypatch.setitem(app.extensions, "rapport", replace(app.extensions["rapport"], wechatpay_url=vendor.url))
    values = {
        "mchid": vendor.mchid,
        "appid": vendor.appid,
        "serial_no": vendor.serial_no,
        "private_key": private,
        "apiv3_key": APIV3_KEY,
        "public_key_id": "",
        "public_key": vendor.platform.certificate,
    }
    accounts.save_account("wechatpay", values, is_enabled=True, actor=SYSTEM)
    db.commit()
    yield vendor
    vendor.stop()
