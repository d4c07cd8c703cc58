"""Selling and giving back, also by many at once."""

import threading
from itertools import count

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.accounts import sign_ins
from app.core.access import SYSTEM
from app.core.db import db as database
from app.core.errors import Conflict, DomainError, Invalid, NotAllowed
from app.engine.events.models import Event
from app.people.models import Customer
from app.products.actions import archive_product
from app.sales import actions as sales
from app.sales import queries
from app.sales.models import Receipt, Transaction
from tests.factories import make_customer, make_employee, make_product


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
    (line,) = queries.what_is_left(sale)
    part = sales.refund(sale, [sales.RefundLine(line, quantity=1)], reason="Damaged", actor=SYSTEM)
    rest = sales.refund(sale, None, reason="The others too", actor=SYSTEM)
    db.commit()
    assert (part.total_minor, rest.total_minor) == (-1000, -2000)
    assert db.scalar(select(func.sum(Transaction.amount_minor))) == 0
    with pytest.raises(sales.NothingLeftToRefund):
        sales.refund(sale, None, reason="Again", actor=SYSTEM)


def test_an_amount_can_be_given_back_but_never_more_than_was_paid(db):
    sale = sell(sales.SaleLine(make_product(price_minor=1000).product_id, 1))
    (line,) = queries.what_is_left(sale)
    sales.refund(sale, [sales.RefundLine(line, amount_minor=300)], reason="Late", actor=SYSTEM)
    with pytest.raises(Conflict):
        sales.refund(sale, [sales.RefundLine(line, amount_minor=701)], reason="Greedy", actor=SYSTEM)
    for amount in (0, -5):
        with pytest.raises(Invalid):
            sales.refund(sale, [sales.RefundLine(line, amount_minor=amount)], reason="Odd", actor=SYSTEM)


@pytest.mark.parametrize("rounds", [5, pytest.param(20, marks=[pytest.mark.slow, pytest.mark.long])])
def test_of_64_refunds_at_once_one_gives_the_money_back(app, db, rounds):
    for _round in range(rounds):
        sale_id = sell(sales.SaleLine(make_product(price_minor=1000).product_id, 1)).receipt_id
        outcomes = in_parallel(
            app,
            64,
            lambda sale_id=sale_id: sales.refund(
                database.session.get(Receipt, sale_id), None, reason="Double click", actor=SYSTEM
            ),
        )
        assert outcomes == ["NothingLeftToRefund"] * 63 + ["done"]
    assert db.scalar(select(func.sum(Receipt.total_minor))) == 0


def test_numbers_have_no_gaps_even_when_some_are_rolled_back(app, db):
    product_id, customer_id, turn = make_product().product_id, make_customer().person_id, count()

    def buy() -> None:
        customer = database.session.get(Customer, customer_id)
        sales.record_sale(customer, [sales.SaleLine(product_id)], actor=SYSTEM)
        if next(turn) % 3 == 0:
            raise Invalid("changed my mind")

    outcomes = in_parallel(app, 30, buy) + in_parallel(app, 20, buy)
    numbers = db.scalars(select(Receipt.number).order_by(Receipt.number)).all()
    assert 0 < outcomes.count("Invalid") < 50
    assert numbers == list(range(1, outcomes.count("done") + 1))


def test_64_refunds_of_parts_at_once_give_back_what_was_paid_and_no_more(app, db):
    sale_id = sell(sales.SaleLine(make_product(price_minor=700).product_id, 10)).receipt_id

    def give_back() -> None:
        sale = database.session.get(Receipt, sale_id)
        sales.refund(sale, None, amount_minor=300, reason="Part", actor=SYSTEM)

    outcomes = in_parallel(app, 64, give_back)
    assert outcomes.count("done") == 23
    assert db.scalar(select(func.sum(Receipt.total_minor))) == 100


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


def test_an_amount_is_shared_among_the_lines_to_the_penny(db):
    sale = sell(*(sales.SaleLine(make_product(price_minor=price).product_id) for price in (333, 333, 334)))
    back = sales.refund(sale, None, amount_minor=100, reason="Late", actor=SYSTEM)
    db.commit()
    assert [line.amount_minor for line in queries.list_lines(back)] == [-33, -33, -34]
    assert sales.refund(sale, None, amount_minor=900, reason="All", actor=SYSTEM).total_minor == -900
    with pytest.raises(sales.NothingLeftToRefund):
        sales.refund(sale, None, amount_minor=1, reason="More", actor=SYSTEM)


def test_the_database_itself_gives_back_no_more_than_was_paid(db):
    mug, tea = make_product(price_minor=1000).product_id, make_product().product_id
    sale = sell(sales.SaleLine(mug, 2), sales.SaleLine(tea, 2))
    line = next(iter(queries.what_is_left(sale)))
    sales.refund(sale, [sales.RefundLine(line, amount_minor=1500)], reason="Late", actor=SYSTEM)
    db.commit()
    again = text(
        "INSERT INTO transactions SELECT gen_random_uuid(), at, receipt_id, line + 1, customer_id, customer_kind,"
        " product_id, description, 0, unit_price, -501, currency, refund_of, refund_of_at, source_line"
        " FROM transactions WHERE refund_of IS NOT NULL"
    )
    with pytest.raises(IntegrityError, match="more would be given back"):
        db.execute(again)
    db.rollback()


def test_another_price_takes_a_right(db):
    product, customer = make_product(price_minor=1000), make_customer()
    agent = sign_ins.actor_for(make_employee("agent").person_id)
    cheaper = [sales.SaleLine(product.product_id, unit_price_minor=900)]
    with pytest.raises(NotAllowed, match="another price"):
        sales.record_sale(customer, cheaper, actor=agent)
    same = [sales.SaleLine(product.product_id, unit_price_minor=1000)]
    assert sales.record_sale(customer, same, actor=agent).total_minor == 1000
    manager = sign_ins.actor_for(make_employee("manager").person_id)
    assert sales.record_sale(customer, cheaper, actor=manager).total_minor == 900
