"""What a copy for a customer says of what they bought."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.people.disclosure.parts import Part, add_part
from app.sales.models import Receipt, Transaction

Rows = Select[*tuple[Any, ...]]


def add() -> None:
    """Speak for the books."""
    add_part(Part("receipts", "What you bought and gave back", ("receipts",), _receipts))
    add_part(Part("lines", "Each line of it", ("transactions",), _lines))


def _receipts(customer_id: UUID) -> Rows:
    query = select(
        Receipt.number,
        Receipt.kind,
        Receipt.at,
        Receipt.total_minor.label("pence or cents"),
        Receipt.currency,
        Receipt.reason,
    )
    return query.where(Receipt.customer_id == customer_id).order_by(Receipt.number)


def _lines(customer_id: UUID) -> Rows:
    query = select(
        Transaction.at,
        Receipt.number.label("receipt"),
        Transaction.description,
        Transaction.quantity,
        Transaction.amount_minor.label("pence or cents"),
        Transaction.currency,
    ).join(Receipt, Receipt.receipt_id == Transaction.receipt_id)
    return query.where(Transaction.customer_id == customer_id).order_by(Transaction.at, Transaction.line)
