"""Alipay, spoken to over HTTP as its documents say."""

import re
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

import pytest
from sqlalchemy import select, text

from app.accounts import sign_ins
from app.core.clock import now
from app.orders.actions import ordering
from app.orders.models import Order
from app.payments.actions import online, reconciling
from app.payments.models import Account, Notification, Payment, PaymentRefund, Step
from app.payments.providers.errors import VendorBusy, VendorRefused
from app.payments.providers.wire import Wire
from app.people.models import Customer
from app.sales.models import Receipt
from tests.browser_client import text_of
from tests.factories import make_employee
from tests.payments.conftest import customer_of, make_order

HOOK = "/hooks/alipay"


@pytest.fixture
def begun(db, work, order, alipay) -> Payment:
    """A payment whose address the customer has opened."""
    payment = ordering.pay_online(order, "alipay", actor=customer_of(order))
    db.commit()
    work()
    db.refresh(payment)
    assert payment.state == "waiting"
    alipay.opens(payment.pay_url)
    return payment


@pytest.fixture
def tell(browser):
    """Post a notification; returns what the vendor reads."""

    def post(body: bytes) -> str:
        answer = browser().post(HOOK, body, content_type="application/x-www-form-urlencoded; charset=utf-8")
        return answer.get_data(as_text=True)

    return post


def give_back(db, work, payment, amount, reason="Chipped") -> PaymentRefund:
    order = db.get(Order, payment.payable_id)
    refund = ordering.give_back(order, amount, reason=reason, actor=customer_of(order))[0]
    db.commit()
    work()
    db.refresh(refund)
    return refund


def test_created_notified_and_in_the_books(db, begun, alipay, tell):
    alipay.pays(begun.trade_no)
    assert tell(alipay.notification(begun.trade_no)) == "success"
    db.refresh(begun)
    order = db.get(Order, begun.payable_id)
    db.refresh(order)
    assert (begun.state, begun.reference) == ("paid", alipay.trades[begun.trade_no].trade_no)
    assert (order.state, db.get(Receipt, order.receipt_id).total_minor) == ("paid", 8800)


def test_a_notification_that_comes_again_does_nothing_more(db, begun, alipay, tell):
    alipay.pays(begun.trade_no)
    body = alipay.notification(begun.trade_no)
    assert [tell(body) for _ in range(5)] == ["success"] * 5
    assert tell(alipay.notification(begun.trade_no)) == "success"
    db.rollback()
    assert [(kept.times, kept.is_verified) for kept in db.scalars(select(Notification).order_by("received_at"))] == [
        (5, True),
        (1, True),
    ]
    assert len(db.scalars(select(Receipt)).all()) == 1


def test_a_notification_before_our_own_call_is_answered(db, work, order, alipay, tell):
    payment = ordering.pay_online(order, "alipay", actor=customer_of(order))
    db.commit()
    online_url = work() and db.get(Payment, payment.payment_id).pay_url
    alipay.opens(online_url)
    db.execute(text("UPDATE payments SET state = 'created', pay_url = ''"))
    db.commit()
    alipay.pays(payment.trade_no)
    assert tell(alipay.notification(payment.trade_no)) == "success"
    online.begin(payment.payment_id)
    db.commit()
    db.refresh(payment)
    assert payment.state == "paid"


@pytest.mark.parametrize(
    ("field", "value", "kept_as"),
    [
        ("total_amount", "0.01", "speaks of"),
        ("app_id", "2021000000000009", "another app"),
        ("seller_id", "2088000000000009", "another seller"),
        ("out_trade_no", "f" * 32, "No payment of ours"),
        ("out_trade_no", "'; drop", "No payment of ours"),
    ],
)
def test_what_is_signed_but_not_ours_is_refused(db, begun, alipay, tell, field, value, kept_as):  # noqa: PLR0917
    alipay.pays(begun.trade_no)
    assert tell(alipay.notification(begun.trade_no, **{field: value})) != "success"
    db.refresh(begun)
    assert begun.state == "waiting"
    assert kept_as in db.scalars(select(Notification)).one().outcome


def test_a_changed_notification_is_forged(db, begun, alipay, tell):
    alipay.pays(begun.trade_no)
    good = dict(parse_qsl(alipay.notification(begun.trade_no).decode()))
    bad = [
        {**good, "total_amount": "0.01"},
        {**good, "sign": ""},
        {**good, "sign": "AAAA"},
        {**good, "sign_type": "RSA"},
        {**good, "extra": "1"},
        {key: value for key, value in good.items() if key != "sign"},
    ]
    assert {tell(urlencode(fields).encode()) for fields in bad} == {"failure"}
    assert tell(b"\xff\xfe") == "failure"
    assert tell(b"") == "failure"
    twice = alipay.notification(begun.trade_no) + b"&total_amount=0.01"
    assert tell(twice) == "failure"
    db.refresh(begun)
    assert begun.state == "waiting"
    assert not any(kept.is_verified for kept in db.scalars(select(Notification)))
    assert tell(alipay.notification(begun.trade_no)) == "success"


def test_too_long_a_notification_is_not_read(browser, alipay):
    assert browser().post(HOOK, b"a" * 70_000, content_type="text/plain").status_code == 413


def test_what_is_not_notified_is_asked_for(db, work, begun, alipay):
    alipay.pays(begun.trade_no)
    db.execute(text("UPDATE payments SET next_look_at = now()"))
    db.commit()
    assert online.sweep() == 1
    assert online.sweep() == 0
    work()
    db.refresh(begun)
    assert begun.state == "paid"


def test_what_nobody_pays_is_closed(db, work, begun, alipay):
    db.execute(text("UPDATE payments SET next_look_at = now(), expires_at = now() - interval '1 minute'"))
    db.commit()
    online.sweep()
    work()
    db.refresh(begun)
    assert (begun.state, alipay.trades[begun.trade_no].status) == ("closed", "TRADE_CLOSED")


def test_paid_while_it_is_closed(db, work, begun, alipay):
    alipay.pays(begun.trade_no)
    online.close(begun.payment_id)
    db.commit()
    db.refresh(begun)
    assert begun.state == "paid"


def test_paid_twice_goes_back_once(db, work, begun, alipay, tell):
    order = db.get(Order, begun.payable_id)
    agent = make_employee()

    ordering.take_payment(order, 8800, "counter", actor=sign_ins.actor_for(agent.person_id))
    db.commit()
    alipay.pays(begun.trade_no)
    assert tell(alipay.notification(begun.trade_no)) == "success"
    work()
    db.refresh(begun)
    db.refresh(order)
    refund = db.scalars(select(PaymentRefund)).one()
    assert (begun.is_surplus, refund.state, refund.amount_minor) == (True, "done", 8800)
    assert (order.state, order.paid_minor, order.refunded_minor) == ("paid", 8800, 0)
    assert len(db.scalars(select(Receipt)).all()) == 1


def test_refunds_in_parts_up_to_all_of_it(db, work, begun, alipay, tell):
    alipay.pays(begun.trade_no)
    tell(alipay.notification(begun.trade_no))
    assert give_back(db, work, begun, 3000).state == "done"
    assert give_back(db, work, begun, 5800).state == "done"
    order = db.get(Order, begun.payable_id)
    db.refresh(order)
    assert (order.state, order.refunded_minor) == ("refunded", 8800)
    assert sum(alipay.trades[begun.trade_no].refunds.values()) == 88
    assert sorted(db.scalars(select(Receipt.total_minor))) == [-5800, -3000, 8800]


def test_a_refund_that_was_interrupted_gives_back_once(db, work, begun, alipay, tell):
    alipay.pays(begun.trade_no)
    tell(alipay.notification(begun.trade_no))
    alipay.moods = ["drop"] * 20  # however often it is asked meanwhile
    order = db.get(Order, begun.payable_id)
    refund = ordering.give_back(order, 1000, reason="Chipped", actor=customer_of(order))[0]
    db.commit()
    work()
    db.refresh(refund)
    assert refund.state == "asked"
    alipay.moods = []
    alipay.trades[begun.trade_no].refunds[refund.refund_no] = 10  # it had arrived, only the answer had not
    online.refund(refund.refund_id)
    db.commit()
    db.refresh(refund)
    assert refund.state == "done"
    assert list(alipay.trades[begun.trade_no].refunds.values()) == [10]


def test_a_refund_that_is_refused_can_be_asked_for_again(db, work, begun, alipay, tell):
    alipay.pays(begun.trade_no)
    tell(alipay.notification(begun.trade_no))
    alipay.errors = [("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH")]
    refund = give_back(db, work, begun, 8800)
    order = db.get(Order, begun.payable_id)
    db.refresh(order)
    assert (refund.state, order.refunded_minor, order.state) == ("failed", 0, "paid")
    assert "SELLER_BALANCE_NOT_ENOUGH" in refund.failure
    assert give_back(db, work, begun, 8800).state == "done"


@pytest.mark.parametrize("mood", ["drop", 500, 502, 429])
def test_a_vendor_that_fails_is_asked_again(db, begun, alipay, mood):
    alipay.pays(begun.trade_no)
    alipay.moods = [mood]
    with pytest.raises(VendorBusy):
        online.ask(begun.payment_id)
    db.rollback()
    online.ask(begun.payment_id)
    db.commit()
    db.refresh(begun)
    assert begun.state == "paid"


def test_an_answer_without_a_signature_is_not_believed(db, begun, alipay):
    alipay.pays(begun.trade_no)
    alipay.leaves_unsigned = True
    with pytest.raises(VendorBusy):
        online.ask(begun.payment_id)
    db.rollback()
    assert db.get(Payment, begun.payment_id).state == "waiting"


def test_a_slow_vendor_keeps_nobody_waiting(db, browser, begun, alipay):
    """A request of ours only writes down that the vendor is to be asked."""
    alipay.moods = [("slow", 5)]
    order = db.get(Order, begun.payable_id)

    carla = browser(db.get(Customer, order.customer_id))
    asked = len(alipay.asked)
    assert carla.get(f"/portal/payments/{begun.payment_id}").status_code == 200
    assert len(alipay.asked) == asked
    alipay.moods = []


def test_the_statement_beside_the_books(db, work, begun, alipay, tell):
    today = now().astimezone(reconciling.VENDOR_ZONE).date()
    alipay.pays(begun.trade_no)
    tell(alipay.notification(begun.trade_no))
    give_back(db, work, begun, 800)
    found = reconciling.reconcile("alipay", today)
    assert (found.matched, found.differences) == (2, [])
    lost = make_order(db, 500)
    payment = ordering.pay_online(lost, "alipay", actor=customer_of(lost))
    db.commit()
    work()
    db.refresh(payment)
    alipay.opens(payment.pay_url)
    alipay.pays(payment.trade_no)
    alipay.trades[begun.trade_no].total -= 1
    found = reconciling.reconcile("alipay", today)
    assert {(one["what"], one["theirs_minor"]) for one in found.differences} == {("amount", 8700), ("only_theirs", 500)}
    assert found.matched == 1


def test_nothing_secret_is_written_down(db, begun, alipay, tell, merchant_keys, caplog):  # noqa: PLR0917
    alipay.pays(begun.trade_no)
    tell(alipay.notification(begun.trade_no))
    account = db.scalars(select(Account)).one()
    secret = re.sub(r"\s|-----[A-Z ]+-----", "", merchant_keys[0])[:60]
    assert secret not in str(account.plain)
    assert secret.encode() not in (account.secrets_enc or b"")
    steps = db.scalars(select(Step)).all()
    assert len(steps) >= 3
    assert not any("sign" in step.detail or "buy***" in str(step.detail) for step in steps)
    audit = db.scalars(text("SELECT row_to_json(audit_log)::text FROM audit_log")).all()
    assert secret not in "".join(audit) + caplog.text


def test_settings(browser, db, alipay, merchant_keys):
    admin = browser(make_employee("admin"))
    page = text_of(admin.get("/settings/payments"))
    assert "Alipay" in page
    form = text_of(admin.get("/settings/payments/alipay"))
    assert "/hooks/alipay" in form
    assert merchant_keys[0][40:80] not in form
    kept = {"app_id": alipay.app_id, "seller_id": alipay.seller_id, "alipay_public_key": alipay.public_key}
    assert admin.post("/settings/payments/alipay", {**kept, "is_enabled": "1"}).status_code == 303
    for bad in ({"app_id": "x"}, {"seller_id": "1"}, {"alipay_public_key": "no key"}, {"private_key": "no key"}):
        assert admin.post("/settings/payments/alipay", {**kept, **bad}).status_code == 422
    assert admin.get("/settings/payments/counter").status_code == 404
    assert browser(make_employee("manager")).get("/settings/payments").status_code == 403


def test_nobody_sends_us_elsewhere(db, begun, alipay):
    """The vendor's own hosts alone are asked, whatever an address says."""

    wire = Wire("https://openapi.alipay.com/gateway.do", ("dwbillcenter.alipay.com",), lambda *_a, **_k: None)
    for url in (
        "http://dwbillcenter.alipay.com/x",
        "https://169.254.169.254/x",
        "https://dwbillcenter.alipay.com.evil.example/x",
        "https://a@dwbillcenter.alipay.com/x",
        "https://dwbillcenter.alipay.com:8443/x",
        "file:///etc/passwd",
    ):
        with pytest.raises(VendorRefused):
            wire.send("GET", url, title="x", shown={})


def test_what_expired_meanwhile_is_begun_anew(db, work, begun, alipay):
    db.execute(text("UPDATE payments SET expires_at = now() + interval '1 minute'"))
    db.commit()
    order = db.get(Order, begun.payable_id)
    again = ordering.pay_online(order, "alipay", actor=customer_of(order))
    assert again.payment_id != begun.payment_id
    assert again.expires_at > now() + timedelta(minutes=20)
    assert ordering.pay_online(order, "alipay", actor=customer_of(order)).payment_id == again.payment_id
