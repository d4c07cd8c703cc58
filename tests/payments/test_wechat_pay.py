"""WeChat Pay, spoken to over HTTP as its documents say."""

import json
import time
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.core.clock import now
from app.orders.actions import ordering
from app.orders.models import Order
from app.payments.actions import hearing, online, reconciling
from app.payments.models import Notification, Payment, PaymentRefund
from app.payments.providers.errors import VendorBusy
from app.people.models import Customer
from app.sales.models import Receipt
from tests.fakes.wechat_pay import make_platform
from tests.payments.conftest import customer_of, make_order


@pytest.fixture
def begun(db, work, order, wechat) -> Payment:
    """A payment with its code."""
    payment = ordering.pay_online(order, "wechatpay", actor=customer_of(order))
    db.commit()
    work()
    db.refresh(payment)
    assert payment.state == "waiting"
    return payment


@pytest.fixture
def tell(browser):
    """Post a notification; returns the status that the vendor sees."""

    def post(message) -> int:
        body, headers = message
        return browser().post("/hooks/wechatpay", body, headers=headers, content_type="application/json").status_code

    return post


@pytest.fixture
def paid(begun, wechat, tell, db) -> Payment:
    wechat.pays(begun.trade_no)
    assert tell(wechat.notification(begun.trade_no)) == 200
    db.refresh(begun)
    assert begun.state == "paid"
    return begun


def ask_back(db, work, payment, amount) -> PaymentRefund:
    order = db.get(Order, payment.payable_id)
    refund = ordering.give_back(order, amount, reason="Chipped", actor=customer_of(order))[0]
    db.commit()
    work()
    db.refresh(refund)
    return refund


def test_the_code_is_shown_and_what_is_paid_stands_in_the_books(db, browser, begun, wechat, tell):
    carla = browser(db.get(Customer, begun.customer_id))
    page = carla.get(f"/portal/payments/{begun.payment_id}").get_data(as_text=True)
    assert 'src="data:image/svg+xml' in page
    wechat.pays(begun.trade_no)
    assert tell(wechat.notification(begun.trade_no)) == 200
    db.refresh(begun)
    order = db.get(Order, begun.payable_id)
    db.refresh(order)
    assert (begun.state, begun.reference) == ("paid", wechat.trades[begun.trade_no].transaction_id)
    assert db.get(Receipt, order.receipt_id).total_minor == 8800


def test_a_notification_that_comes_again_does_nothing_more(db, begun, wechat, tell):
    wechat.pays(begun.trade_no)
    message = wechat.notification(begun.trade_no)
    assert {tell(message) for _ in range(5)} == {200}
    assert tell(wechat.notification(begun.trade_no)) == 200
    db.rollback()
    assert sorted(db.scalars(select(Notification.times))) == [1, 5]
    assert len(db.scalars(select(Receipt)).all()) == 1


def test_notifications_are_forgotten_when_nothing_needs_them(db, paid):
    told = db.scalars(select(Notification)).one()
    assert hearing.forget_old() == 0
    told.received_at = told.last_at = now() - timedelta(days=91)
    paid.state, paid.paid_at = "waiting", None
    db.flush()
    assert hearing.forget_old() == 0
    paid.state, paid.paid_at = "paid", now()
    db.flush()
    assert hearing.forget_old() == 1
    assert db.scalars(select(Notification)).all() == []


def test_the_probe_and_forged_notifications_are_refused(db, begun, wechat, tell):
    wechat.pays(begun.trade_no)
    body, headers = wechat.notification(begun.trade_no)
    old = {**headers, "Wechatpay-Timestamp": str(int(time.time()) - 600)}
    bare = {key: value for key, value in headers.items() if key != "Wechatpay-Signature"}
    changed = body.replace(b"TRANSACTION.SUCCESS", b"TRANSACTION.SUCCES5")
    unsealed = json.loads(body)
    unsealed["resource"]["ciphertext"] = unsealed["resource"]["ciphertext"][:-8] + "AAAAAAA="
    spoilt = json.dumps(unsealed).encode()
    bad = [
        wechat.probe(begun.trade_no),
        (body, old),
        (body, bare),
        (body, {}),
        (changed, headers),
        (spoilt, wechat.signed(spoilt)),
        (b"[]", wechat.signed(b"[]")),
        (b"\xff", wechat.signed(b"\xff")),
    ]
    assert {tell(message) for message in bad} == {401}
    db.refresh(begun)
    assert begun.state == "waiting"
    assert not any(db.scalars(select(Notification.is_verified)))
    assert tell((body, headers)) == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": {"total": 1, "currency": "CNY"}},
        {"amount": {"total": 8800, "currency": "USD"}},
        {"mchid": "1900000009"},
        {"appid": "wx0000000000000000"},
        {"out_trade_no": "f" * 32},
    ],
)
def test_what_is_signed_but_not_ours_is_refused(db, begun, wechat, tell, changed):
    wechat.pays(begun.trade_no)
    assert tell(wechat.notification(begun.trade_no, **changed)) == 401
    db.refresh(begun)
    assert begun.state == "waiting"


def test_a_notification_before_our_own_call_is_answered(db, begun, wechat, tell):
    db.execute(text("UPDATE payments SET state = 'created', pay_url = ''"))
    db.commit()
    wechat.pays(begun.trade_no)
    assert tell(wechat.notification(begun.trade_no)) == 200
    online.begin(begun.payment_id)
    db.commit()
    db.refresh(begun)
    assert begun.state == "paid"


def test_what_is_not_notified_is_asked_for(db, work, begun, wechat):
    wechat.pays(begun.trade_no)
    db.execute(text("UPDATE payments SET next_look_at = now()"))
    db.commit()
    assert online.sweep() == 1
    work()
    db.refresh(begun)
    assert begun.state == "paid"


def test_what_nobody_pays_is_closed(db, work, begun, wechat):
    db.execute(text("UPDATE payments SET next_look_at = now(), expires_at = now() - interval '1 minute'"))
    db.commit()
    online.sweep()
    work()
    db.refresh(begun)
    assert (begun.state, wechat.trades[begun.trade_no].state) == ("closed", "CLOSED")


def test_paid_while_it_is_closed(db, begun, wechat):
    wechat.pays(begun.trade_no)
    online.close(begun.payment_id)
    db.commit()
    db.refresh(begun)
    assert begun.state == "paid"


def test_a_refund_takes_its_time_and_is_notified(db, work, paid, wechat, tell):
    refund = ask_back(db, work, paid, 3000)
    order = db.get(Order, paid.payable_id)
    db.refresh(order)
    assert (refund.state, order.refunded_minor, len(db.scalars(select(Receipt)).all())) == ("waiting", 3000, 1)
    wechat.settles(paid.trade_no, refund.refund_no)
    message = wechat.refund_notification(paid.trade_no, refund.refund_no)
    assert [tell(message), tell(message)] == [200, 200]
    db.refresh(refund)
    assert refund.state == "done"
    assert sorted(db.scalars(select(Receipt.total_minor))) == [-3000, 8800]


def test_a_refund_made_by_hand_at_the_vendor_is_refused_and_kept(db, work, paid, wechat, tell):
    refund = ask_back(db, work, paid, 3000)
    wechat.settles(paid.trade_no, refund.refund_no)
    refunds = wechat.trades[paid.trade_no].refunds
    refunds["by-hand-1"] = refunds[refund.refund_no]
    assert tell(wechat.refund_notification(paid.trade_no, "by-hand-1")) == 401
    assert db.scalar(select(Notification.outcome).order_by(Notification.received_at.desc()).limit(1)) == (
        "No refund of ours has this number."
    )


def test_a_refund_that_is_not_notified_is_asked_for(db, work, paid, wechat):
    refund = ask_back(db, work, paid, 8800)
    wechat.settles(paid.trade_no, refund.refund_no)
    db.execute(text("UPDATE payment_refunds SET next_look_at = now()"))
    db.commit()
    online.sweep()
    work()
    db.refresh(refund)
    order = db.get(Order, paid.payable_id)
    db.refresh(order)
    assert (refund.state, order.state) == ("done", "refunded")


@pytest.mark.parametrize("status", ["ABNORMAL", "CLOSED"])
def test_a_refund_that_fails_can_be_asked_for_again(db, work, paid, wechat, tell, status):  # noqa: PLR0917
    refund = ask_back(db, work, paid, 8800)
    wechat.settles(paid.trade_no, refund.refund_no, status)
    assert tell(wechat.refund_notification(paid.trade_no, refund.refund_no)) == 200
    db.refresh(refund)
    order = db.get(Order, paid.payable_id)
    db.refresh(order)
    assert (refund.state, order.refunded_minor, order.left_minor) == ("failed", 0, 8800)


def test_a_refund_that_is_refused(db, work, paid, wechat):
    wechat.errors = [(403, "NOT_ENOUGH")]
    refund = ask_back(db, work, paid, 8800)
    assert (refund.state, db.get(Payment, paid.payment_id).refunded_minor) == ("failed", 0)


def test_what_the_vendor_will_not_begin_fails(db, work, order, wechat):
    wechat.errors = [(400, "PARAM_ERROR")]
    payment = ordering.pay_online(order, "wechatpay", actor=customer_of(order))
    db.commit()
    work()
    db.refresh(payment)
    assert (payment.state, "PARAM_ERROR" in payment.failure) == ("failed", True)


@pytest.mark.parametrize("trouble", ["drop", 502, (429, "FREQUENCY_LIMITED"), (500, "SYSTEM_ERROR")])
def test_a_vendor_that_fails_is_asked_again(db, begun, wechat, trouble):
    wechat.pays(begun.trade_no)
    (wechat.errors if isinstance(trouble, tuple) else wechat.moods).append(trouble)
    with pytest.raises(VendorBusy):
        online.ask(begun.payment_id)
    db.rollback()
    online.ask(begun.payment_id)
    db.commit()
    db.refresh(begun)
    assert begun.state == "paid"


def test_a_success_without_a_signature_is_as_good_as_forged(db, begun, wechat):
    wechat.pays(begun.trade_no)
    wechat.leaves_unsigned = True
    with pytest.raises(VendorBusy):
        online.ask(begun.payment_id)
    db.rollback()
    assert db.get(Payment, begun.payment_id).state == "waiting"


def test_new_keys_of_the_vendor_are_learnt(db, work, begun, wechat, tell):
    wechat.platform = make_platform()
    wechat.pays(begun.trade_no)
    message = wechat.notification(begun.trade_no)
    assert tell(message) == 401
    work()
    db.rollback()
    assert tell(message) == 200
    wechat.platform = make_platform()
    order = make_order(db, 100)
    payment = ordering.pay_online(order, "wechatpay", actor=customer_of(order))
    db.commit()
    with pytest.raises(VendorBusy):
        online.begin(payment.payment_id)
    db.rollback()
    online.begin(payment.payment_id)
    db.commit()
    db.refresh(payment)
    assert payment.state == "waiting"


def test_a_certificate_of_somebody_else_is_not_learnt(db, begun, wechat, monkeypatch):
    monkeypatch.setattr("tests.fakes.wechat_pay.APIV3_KEY", "x" * 32)
    with pytest.raises(Exception, match="seal"):
        online.learn_keys("wechatpay")


def test_the_statement_beside_the_books(db, work, paid, wechat):
    wechat.refunds_stand = "SUCCESS"
    ask_back(db, work, paid, 800)
    today = now().astimezone(reconciling.VENDOR_ZONE).date()
    found = reconciling.reconcile("wechatpay", today)
    assert (found.matched, found.differences) == (2, [])
    wechat.trades[paid.trade_no].paid_at = ""
    found = reconciling.reconcile("wechatpay", today)
    assert [one["what"] for one in found.differences] == ["only_ours", "only_ours"]
