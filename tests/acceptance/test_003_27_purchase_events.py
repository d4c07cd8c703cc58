"""003-27: each purchase and each refund is told once, with its amount, in the transaction that wrote it."""

from sqlalchemy import select

from app.core.access import SYSTEM
from app.engine.events.models import Event
from app.sales import actions
from tests.factories import make_customer, make_product


def told(db) -> list[Event]:
    return list(db.scalars(select(Event).where(Event.type.like("purchase.%")).order_by(Event.event_id)))


def test_one_event_for_each_receipt(db):
    customer, mug, tea = make_customer(), make_product(price_minor=1000), make_product(price_minor=500)
    lines = [actions.SaleLine(mug.product_id), actions.SaleLine(tea.product_id, 2)]
    sale = actions.record_sale(customer, lines, actor=SYSTEM, source="customer")
    refund = actions.refund(sale, None, amount_minor=250, reason="Late", actor=SYSTEM)
    db.commit()
    bought, refunded = told(db)
    assert (bought.type, refunded.type) == ("purchase.completed", "purchase.refunded")
    assert bought.subject_id == refunded.subject_id == customer.person_id
    assert bought.payload == {
        "receipt_id": str(sale.receipt_id),
        "number": 1,
        "amount_minor": 2000,
        "currency": "GBP",
        "source": "customer",
    }
    assert refunded.payload["amount_minor"] == -250
    assert refunded.payload["refund_of"] == str(sale.receipt_id)
    assert refunded.payload["receipt_id"] == str(refund.receipt_id)


def test_what_is_rolled_back_is_not_told(db):
    actions.record_sale(make_customer(), [actions.SaleLine(make_product().product_id)], actor=SYSTEM)
    db.rollback()
    assert told(db) == []
