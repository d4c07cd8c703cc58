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
