"""004-33: a transaction has customer, product, amount (below zero for a refund), date and description."""

from sqlalchemy import func, select

from app.core.access import SYSTEM
from app.sales import actions
from app.sales.models import Transaction
from tests.factories import make_customer, make_product


def test_a_refund_links_its_sale_and_the_sum_is_right(db):
    customer, mug = make_customer(), make_product(name="Mug", price_minor=1600)
    sale = actions.record_sale(customer, [actions.SaleLine(mug.product_id, 3)], actor=SYSTEM)
    sold = db.scalars(select(Transaction)).one()
    assert (sold.customer_id, sold.product_id) == (customer.person_id, mug.product_id)
    assert (sold.amount_minor, sold.description, sold.at) == (4800, "Mug", sale.at)
    back = [actions.RefundLine(sold.transaction_id, quantity=1)]
    refund = actions.refund(sale, back, reason="Chipped", actor=SYSTEM)
    db.commit()
    given = db.scalars(select(Transaction).where(Transaction.receipt_id == refund.receipt_id)).one()
    assert (given.amount_minor, given.refund_of, refund.refund_of) == (-1600, sold.transaction_id, sale.receipt_id)
    assert db.scalar(select(func.sum(Transaction.amount_minor))) == 3200
    assert sale.left_minor == 3200
