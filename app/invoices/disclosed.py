"""What a copy for a customer says of their invoices."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.invoices.models import Invoice
from app.people.disclosure.parts import Part, add_part


def add() -> None:
    """Speak for invoices and credit notes."""
    add_part(Part("invoices", "Your invoices", ("invoices",), _invoices))


def _invoices(customer_id: UUID) -> Select[*tuple[Any, ...]]:
    query = select(
        Invoice.series,
        Invoice.year,
        Invoice.number,
        Invoice.kind,
        Invoice.issued_on.label("on"),
        Invoice.due_on.label("due on"),
        Invoice.total_minor.label("pence or cents"),
        Invoice.currency,
        Invoice.reason,
    )
    return query.where(Invoice.customer_id == customer_id).order_by(Invoice.created_at)
