"""What a copy for a customer says of their payments."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.payments.models import Payment, PaymentRefund
from app.people.disclosure.parts import Part, add_part

Rows = Select[*tuple[Any, ...]]


def add() -> None:
    """Speak for payments and what was given back of them."""
    add_part(Part("payments", "Your payments", ("payments",), _payments))
    add_part(Part("payment_refunds", "What you were paid back", ("payment_refunds",), _refunds))


def _payments(customer_id: UUID) -> Rows:
    query = select(
        Payment.created_at.label("at"),
        Payment.provider.label("by"),
        Payment.amount_minor.label("pence or cents"),
        Payment.currency,
        Payment.state,
        Payment.description,
        Payment.reference,
        Payment.paid_at.label("paid at"),
    )
    return query.where(Payment.customer_id == customer_id).order_by(Payment.created_at)


def _refunds(customer_id: UUID) -> Rows:
    query = select(
        PaymentRefund.asked_at.label("at"),
        PaymentRefund.amount_minor.label("pence or cents"),
        PaymentRefund.reason,
        PaymentRefund.state,
    ).join(Payment, Payment.payment_id == PaymentRefund.payment_id)
    return query.where(Payment.customer_id == customer_id).order_by(PaymentRefund.asked_at)
