"""What happens with widgets, as others hear of it. Payloads hold ids only."""

from app.engine.events.catalogue import EventType

WIDGET: dict[str, type | tuple[type, ...]] = {"widget_id": str}

TYPES = (
    EventType("widget.created", "Made a widget", WIDGET),
    EventType("widget.changed", "Changed a widget", WIDGET),
    EventType("widget.secret_rotated", "Renewed the secret of a widget", WIDGET),
    EventType("widget.deleted", "Deleted a widget", WIDGET),
    EventType("visitors.decided", "Decided when visitors are forgotten", {"forget_after_days": int}),
    EventType("visitors.forgotten", "Forgot visitors nobody proved", {"visitors": int, "after_days": int}),
    EventType("visitor.asked_for_proof", "Asked a visitor for proof", {"visitor_id": str, "channel_id": str}),
    EventType(
        "visitor.proved", "A visitor proved to be a customer", {"visitor_id": str, "proof": str}, about="customer"
    ),
)
