"""What a copy for a customer says of the quotes made to them."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.deals.models import Deal
from app.deals.quotes.models import Quote
from app.people.disclosure.parts import Part, add_part


def add() -> None:
    """Speak for the tables of quotes."""
    add_part(Part("quotes", "Quotes to you", ("quotes",), _quotes))


def _quotes(customer_id: UUID) -> Select[*tuple[Any, ...]]:
    query = select(
        Quote.created_at.label("at"),
        Quote.number,
        Quote.revision.label("version"),
        Quote.state,
        Quote.customer_name.label("made out to"),
        Quote.total_minor.label("pence or cents"),
        Quote.currency,
        Quote.valid_until.label("valid until"),
        Quote.answered_at.label("answered at"),
        Quote.answered_by.label("answered by"),
        Quote.answered_from.label("answered from"),
        Quote.decline_reason.label("why it was declined"),
    )
    return (
        query.join(Deal, Deal.deal_id == Quote.deal_id)
        .where(Deal.customer_id == customer_id)
        .order_by(Quote.created_at)
    )
