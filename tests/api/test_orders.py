"""Orders, payments and invoices, as programs read them."""

import pytest

from app.accounts import sign_ins
from app.core.access import SYSTEM
from app.invoices import actions as invoices
from app.orders.actions import ordering
from tests.factories import make_employee
from tests.payments.conftest import make_order


@pytest.fixture
def order(db, admin):
    order = make_order(db, 1200, "GBP")
    invoices.issue(order, actor=SYSTEM)
    ordering.take_payment(order, 200, "counter", actor=sign_ins.actor_for(admin.person_id))
    db.commit()
    return order


def test_an_order_with_its_money_and_papers(api, order):
    found = api.get("/orders").json["data"]
    assert [(one["number"], one["state"], one["due"]["amount_minor"]) for one in found] == [
        (order.label, "placed", 1000)
    ]
    one = api.get(f"/orders/{order.order_id}").json
    assert (one["lines"][0]["amount"]["amount_minor"], one["receipt_id"]) == (1200, None)
    (payment,) = api.get("/payments", query_string={"payable_id": str(order.order_id)}).json["data"]
    assert (payment["provider"], payment["amount"]["amount_minor"], payment["state"]) == ("counter", 200, "paid")
    assert api.get(f"/payments/{payment['id']}").json["payable_kind"] == "order"
    (invoice,) = api.get("/invoices?state=open").json["data"]
    assert (invoice["kind"], invoice["due"]["amount_minor"]) == ("invoice", 1000)
    assert api.get(f"/invoices/{invoice['id']}").json["number"] == invoice["number"]


def test_what_is_not_visible_is_not_there(program, order, db):
    agent = program(make_employee("agent"), "customers.read")
    for path in ("/orders", "/payments", "/invoices"):
        assert agent.get(path).status_code == 403


def test_money_is_taken_handed_over_and_given_back(api, order):
    path = f"/orders/{order.order_id}"
    assert api.post(f"{path}/fulfilment").status_code == 409
    part = {"provider": "transfer", "amount": {"amount_minor": 300, "currency": "GBP"}}
    taken = api.post(f"{path}/payments", part)
    assert (taken.status_code, taken.json["amount"]["amount_minor"], taken.json["state"]) == (201, 300, "paid")
    assert api.get(taken.headers["Location"]).json["customer_name"] == taken.json["customer_name"]
    assert api.post(f"{path}/payments", {"provider": "counter"}).json["amount"]["amount_minor"] == 700
    assert api.get(path).json["receipt_id"]
    assert api.post(f"{path}/payments", {"provider": "counter"}).status_code == 409
    assert api.post(f"{path}/fulfilment").json["state"] == "fulfilled"
    some = {"reason": "Broken", "amount": {"amount_minor": 200, "currency": "GBP"}}
    assert api.post(f"{path}/refunds", some).json["refunded"]["amount_minor"] == 200
    assert api.post(f"{path}/refunds", {"reason": "Broken"}).json["refunded"]["amount_minor"] == 1200
    assert api.post(f"{path}/refunds", {"reason": "Broken"}).status_code == 409


def test_an_order_is_cancelled_and_its_invoice_printed(api, order):
    path = f"/orders/{order.order_id}"
    issued = api.post(f"{path}/invoice").json
    assert issued["id"] == api.post(f"{path}/invoice").json["id"]
    paper = api.get(f"/invoices/{issued['id']}/pdf")
    assert (paper.mimetype, paper.data[:5]) == ("application/pdf", b"%PDF-")
    assert issued["number"] in paper.headers["Content-Disposition"]
    assert api.post(f"{path}/cancellation", {"reason": " "}).status_code == 422
    assert api.post(f"{path}/cancellation", {"reason": "Ordered twice"}).json["state"] == "cancelled"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"provider": "alipay"}, "provider"),
        ({"provider": "counter", "amount": {"amount_minor": 100, "currency": "EUR"}}, "amount"),
        ({"provider": "counter", "amount": {"amount_minor": 100_000, "currency": "GBP"}}, "amount"),
        ({"provider": "counter", "amount": {"amount_minor": -1, "currency": "GBP"}}, "amount"),
    ],
)
def test_money_that_makes_no_sense_is_refused(api, order, body, field):
    answer = api.post(f"/orders/{order.order_id}/payments", body)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_each_takes_its_right(program, admin, order):
    reader = program(admin, "orders.read", "payments.read", "invoices.read")
    path = f"/orders/{order.order_id}"
    for more in ("payments", "fulfilment", "cancellation", "refunds", "invoice"):
        assert reader.post(f"{path}/{more}", {}).status_code == 403
    blind = program(admin, "payments.take", "orders.edit", "sales.refund", "invoices.issue")
    assert blind.post(f"{path}/fulfilment").status_code == 404
    assert blind.post(f"{path}/payments", {"provider": "counter"}).status_code == 404
