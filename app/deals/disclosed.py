"""What a copy for a customer says of deals with them."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.deals.models import Deal
from app.people.disclosure.parts import Part, add_part, leave_out


def add() -> None:
    """Speak for the tables of deals."""
    add_part(Part("deals", "Deals with you", ("deals",), _deals))
    leave_out("about staff", "deal_moves")


def _deals(customer_id: UUID) -> Select[*tuple[Any, ...]]:
    query = select(
        Deal.created_at.label("at"),
        Deal.title,
        Deal.state,
        Deal.value_minor.label("pence or cents"),
        Deal.currency,
        Deal.next_step.label("next step"),
        Deal.lost_note.label("why it was lost"),
        Deal.closed_at.label("closed at"),
    )
    return query.where(Deal.customer_id == customer_id).order_by(Deal.created_at)
