"""Many at once at one order: never more taken than is owed, never more given back than came in."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.accounts import sign_ins
from app.core.db import db as database
from app.core.errors import DomainError
from app.orders.actions import ordering
from app.orders.models import Order
from app.payments.models import Payment, PaymentRefund
from app.sales.models import Receipt
from tests.factories import make_employee
from tests.payments.conftest import make_order


def all_at_once(app, number: int, act: Callable[[Order], object], order_id) -> int:
    """Do it in so many threads, each in a transaction of its own; returns how often it went through."""
    gate, done, lock = threading.Barrier(number), [], threading.Lock()

    def work() -> None:
        with app.app_context():
            gate.wait()
            try:
                act(database.session.get(Order, order_id))
                database.session.commit()
            except (DomainError, DBAPIError, PoolTimeout):
                database.session.rollback()
                return
            with lock:
                done.append(1)

    threads = [threading.Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(done)


def pay_and_give_back(app, db, number: int) -> None:
    actor = sign_ins.actor_for(make_employee().person_id)
    order = make_order(db, 1000, "GBP")
    db.rollback()
    paid = all_at_once(app, number, lambda one: ordering.take_payment(one, 300, "counter", actor=actor), order.order_id)
    db.rollback()
    order = db.get(Order, order.order_id, populate_existing=True)
    assert (paid, order.paid_minor, order.state) == (3, 900, "placed")
    ordering.take_payment(order, 100, "counter", actor=actor)
    db.commit()
    order_id = order.order_id
    db.rollback()
    given = all_at_once(app, number, lambda one: ordering.give_back(one, 70, reason="Chipped", actor=actor), order_id)
    db.rollback()
    order = db.get(Order, order_id, populate_existing=True)
    assert (given, order.refunded_minor) == (14, 980)
    of_order = (
        select(func.sum(PaymentRefund.amount_minor))
        .join(Payment, Payment.payment_id == PaymentRefund.payment_id)
        .where(Payment.payable_id == order_id)
    )
    assert db.scalar(of_order) == 980
    sale = db.get(Receipt, order.receipt_id)
    assert (sale.total_minor, sale.refunded_minor) == (1000, -980)
    over = select(func.count()).where(Payment.refunded_minor > Payment.amount_minor)
    assert db.scalar(over) == 0


def test_sixteen_at_once(app, db):
    pay_and_give_back(app, db, 16)


@pytest.mark.slow
@pytest.mark.long
def test_sixty_four_at_once_twenty_rounds(app, db):
    for _round in range(20):
        pay_and_give_back(app, db, 64)
