"""What happens to canned replies, as others hear of it."""

from app.engine.events.catalogue import EventType

TYPES = (
    EventType("reply.added", "Canned reply written", {}),
    EventType("reply.changed", "Canned reply changed", {}),
    EventType("reply.removed", "Canned reply deleted", {}),
)
