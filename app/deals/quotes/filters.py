"""What can be asked about quotes."""

from sqlalchemy import ColumnElement, select

from app.core.access import Actor
from app.deals.access import visible_to
from app.deals.models import Deal
from app.deals.quotes.forms import STATE_LABELS
from app.deals.quotes.models import Quote
from app.engine.filters.fields import Entity, Field, by_key


def _visible(actor: Actor) -> ColumnElement[bool]:
    return Quote.deal_id.in_(select(Deal.deal_id).where(visible_to(actor)))


QUOTES = Entity(
    "quote",
    "Quotes",
    Quote.quote_id,
    Quote.number,
    "/quotes",
    permission="deals.read",
    visible=_visible,
    fields=by_key(
        Field("state", "State", "choice", Quote.state, lambda: list(STATE_LABELS.items())),
        Field("total", "Total", "money", Quote.total_minor),
        Field("made", "Made", "moment", Quote.created_at),
        Field("valid", "Valid until", "day", Quote.valid_until),
        Field("sent", "Mailed", "moment", Quote.sent_at),
        Field("seen", "First seen", "moment", Quote.seen_at),
        Field("answered", "Answered", "moment", Quote.answered_at),
    ),
)
