"""An order stands as its page says wherever it is shown."""

from decimal import Decimal

import pytest
from sqlalchemy import select, text

from app.accounts.sign_ins import actor_for
from app.core.access import SYSTEM
from app.core.db import db as database
from app.orders import pricing
from app.orders.actions import ordering
from app.orders.models import STATES, Order
from app.orders.wiring import _state
from app.taxes.calculating import Tax
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_product


@pytest.fixture
def order(db):
    line = pricing.Priced(make_product(price_minor=1000), 1, Tax("VAT", Decimal("0.2")))
    order = ordering.place(make_customer(), [line], pay_by="invoice", actor=SYSTEM)
    db.commit()
    return order


def test_a_customers_page_says_what_the_order_says(browser, db, order):
    manager = make_employee("manager")
    ordering.take_payment(order, 400, "transfer", actor=actor_for(manager.person_id))
    db.commit()
    for path in (f"/customers/{order.customer_id}", f"/orders/{order.order_id}"):
        shown = text_of(browser(manager).get(path))
        assert "Partly paid" in shown
        assert "To be paid" not in shown


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("paid", "refunded"), [(0, 0), (1000, 0), (1000, 400), (1000, 1000)])
def test_sql_says_the_same(db, state, paid, refunded):
    asked = select(_state(0), _state(1)).compile(database.engine, compile_kwargs={"literal_binds": True})
    stands = "WITH orders AS (SELECT :state AS state, :paid AS paid_minor, :refunded AS refunded_minor)"
    said = db.execute(text(f"{stands} {asked}"), {"state": state, "paid": paid, "refunded": refunded}).one()
    assert said == Order(state=state, paid_minor=paid, refunded_minor=refunded).state_label
