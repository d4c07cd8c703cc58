"""What happens to quotes, as others hear of it. The subject is the deal; `label` is the sentence its page shows."""

from app.engine.events.catalogue import EventType

QUOTE = {"quote_id": str, "number": str, "total_minor": int, "currency": str, "label": str}
TYPES = (
    EventType("quote.created", "Quote made", QUOTE, about="deal"),
    EventType("quote.sent", "Quote sent", QUOTE, about="deal"),
    EventType("quote.accepted", "Quote accepted", {**QUOTE, "by": str}, about="deal"),
    EventType("quote.declined", "Quote declined", {**QUOTE, "by": str, "reason": str}, about="deal"),
    EventType("quote.withdrawn", "Quote withdrawn", QUOTE, about="deal"),
)
