"""What happens to money, as others hear of it. The subject is the customer."""

from app.engine.events.catalogue import EventType

PAYMENT = {
    "payment_id": str,
    "payable_kind": str,
    "payable_id": str,
    "provider": str,
    "amount_minor": int,
    "currency": str,
}
TYPES = (
    EventType("payment.paid", "Paid", PAYMENT, about="customer"),
    EventType("payment.refunded", "Given money back", {**PAYMENT, "refund_id": str, "reason": str}, about="customer"),
)
