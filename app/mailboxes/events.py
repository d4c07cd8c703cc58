"""What happens with mails, as others hear of it. Payloads hold ids and codes only."""

from app.engine.events.catalogue import EventType

TYPES = (
    EventType("email.received", "Sent an email", {"channel_id": str, "comm_id": str}, about="customer"),
    EventType("email.bounced", "Could not be reached by email", {"status": str}, about="customer"),
    EventType(
        "email.returned",
        "A mail came back that no conversation knows",
        {"message_id": str, "status": str, "words": str, "is_final": bool, "is_complaint": bool},
    ),
    EventType("mailbox.failing", "A mailbox cannot be read", {"mailbox_id": str}),
)
