"""What happens in sales, as others hear of it. The subject is the customer."""

from app.engine.events.catalogue import EventType

RECEIPT = {"receipt_id": str, "number": int, "amount_minor": int, "currency": str, "source": str}
TYPES = (
    EventType("purchase.completed", "Bought", RECEIPT, about="customer"),
    EventType("purchase.refunded", "Refunded", {**RECEIPT, "refund_of": str, "reason": str}, about="customer"),
)
