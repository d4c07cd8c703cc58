"""What happens to orders, as others hear of it. The subject is the customer."""

from app.engine.events.catalogue import EventType

ORDER = {"order_id": str, "number": int, "amount_minor": int, "currency": str}
TYPES = (
    EventType("order.placed", "Ordered", {**ORDER, "pay_by": str}, about="customer"),
    EventType("order.paid", "Paid an order", {**ORDER, "receipt_id": str}, about="customer"),
    EventType("order.fulfilled", "Got what was ordered", ORDER, about="customer"),
    EventType("order.cancelled", "Cancelled an order", {**ORDER, "reason": str}, about="customer"),
)
