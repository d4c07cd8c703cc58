"""What happens to consent, as others hear of it."""

from app.engine.events.catalogue import EventType

_TOLD = {"channel": str, "purpose": str, "consent_id": str}
GRANTED, ASKED, WITHDRAWN = "consent.granted", "consent.asked", "consent.withdrawn"
TYPES = (
    EventType(GRANTED, "Agreed to be written to", _TOLD, about="customer"),
    EventType(ASKED, "Was asked to confirm consent", _TOLD, about="customer"),
    EventType(WITHDRAWN, "Withdrew consent", _TOLD, about="customer"),
)
