"""Selling and giving back, also by many at once."""

import threading
from itertools import count

import pytest
from sqlalchemy import func, select, text

from app.core.access import SYSTEM
from app.core.db import db as database
from app.core.errors import Conflict, DomainError, Invalid
from app.engine.events.models import Event
from app.people.models import Customer
from app.products.actions import archive_product
from app.sales import actions as sales
from app.sales.models import Receipt, Transaction
from tests.factories import make_customer, make_product


def sell(*lines, customer=None) -> Receipt:
    receipt = sales.record_sale(customer or make_customer(), lines, actor=SYSTEM)
    database.session.commit()
    return receipt


def in_parallel(app, times: int, act) -> list[str]:
    """Let `times` threads act at the same moment; returns what became of each."""
    outcomes: list[str] = []
    start = threading.Barrier(times)

    def run() -> None:
        with app.app_context():
            start.wait()
            try:
                act()
                database.session.commit()
                outcomes.append("done")
            except DomainError as refusal:
                database.session.rollback()
                outcomes.append(type(refusal).__name__)

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_a_sale_has_lines_a_total_and_a_number(db):
    mug, tea = make_product(price_minor=1600), make_product(price_minor=775)
    receipt = sell(sales.SaleLine(mug.product_id, 2), sales.SaleLine(tea.product_id, 1, unit_price_minor=700))
    assert (receipt.number, receipt.total_minor, receipt.kind) == (1, 3900, "sale")
    event = db.scalars(select(Event).where(Event.type == "purchase.completed")).one()
    assert event.payload["amount_minor"] == 3900


def test_a_refund_is_linked_and_negative(db):
    sale = sell(sales.SaleLine(make_product(price_minor=1000).product_id, 3))
    (line,) = sales.what_is_left(sale)
    part = sales.refund(sale, [sales.RefundLine(line, quantity=1)], reason="Damaged", actor=SYSTEM)
    rest = sales.refund(sale, None, reason="The others too", actor=SYSTEM)
    db.commit()
    assert (part.total_minor, rest.total_minor) == (-1000, -2000)
    assert db.scalar(select(func.sum(Transaction.amount_minor))) == 0
    with pytest.raises(sales.NothingLeftToRefund):
        sales.refund(sale, None, reason="Again", actor=SYSTEM)


def test_an_amount_can_be_given_back_but_never_more_than_was_paid(db):
    sale = sell(sales.SaleLine(make_product(price_minor=1000).product_id, 1))
    (line,) = sales.what_is_left(sale)
    sales.refund(sale, [sales.RefundLine(line, amount_minor=300)], reason="Late", actor=SYSTEM)
    with pytest.raises(Conflict):
        sales.refund(sale, [sales.RefundLine(line, amount_minor=701)], reason="Greedy", actor=SYSTEM)
    for amount in (0, -5):
        with pytest.raises(Invalid):
            sales.refund(sale, [sales.RefundLine(line, amount_minor=amount)], reason="Odd", actor=SYSTEM)


def test_sixteen_refunds_at_once_give_the_money_back_once(app, db):
    for _round in range(4):
        sale_id = sell(sales.SaleLine(make_product(price_minor=1000).product_id, 1)).receipt_id
        outcomes = in_parallel(
            app,
            16,
            lambda sale_id=sale_id: sales.refund(
                database.session.get(Receipt, sale_id), None, reason="Double click", actor=SYSTEM
            ),
        )
        assert outcomes == ["NothingLeftToRefund"] * 15 + ["done"]
    assert db.scalar(select(func.sum(Receipt.total_minor))) == 0


def test_numbers_have_no_gaps_even_when_some_are_rolled_back(app, db):
    product_id, customer_id, turn = make_product().product_id, make_customer().person_id, count()

    def buy() -> None:
        customer = database.session.get(Customer, customer_id)
        sales.record_sale(customer, [sales.SaleLine(product_id)], actor=SYSTEM)
        if next(turn) % 3 == 0:
            raise Invalid("changed my mind")

    in_parallel(app, 12, buy)
    in_parallel(app, 12, buy)
    numbers = db.scalars(select(Receipt.number).order_by(Receipt.number)).all()
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_books_cannot_be_changed(db):
    sell(sales.SaleLine(make_product().product_id))
    for statement in ("UPDATE transactions SET amount_minor = 1", "DELETE FROM transactions", "DELETE FROM receipts"):
        with pytest.raises(Exception, match="never changed"):
            db.execute(text(statement))
        db.rollback()


@pytest.mark.parametrize("quantity", [0, -1, 100_001])
def test_impossible_quantities(db, quantity):
    with pytest.raises(Invalid):
        sell(sales.SaleLine(make_product().product_id, quantity))


def test_what_is_archived_is_not_sold(db):
    product = make_product()
    archive_product(product, actor=SYSTEM)
    with pytest.raises(Invalid, match="check"):
        sell(sales.SaleLine(product.product_id))
