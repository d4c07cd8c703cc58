"""What happens to segments."""

from app.engine.events.catalogue import EventType

TYPES = (
    EventType("segment.created", "Segment made", {"name": str}),
    EventType("segment.updated", "Segment changed", {"name": str}),
    EventType("segment.removed", "Segment removed", {"name": str}),
    EventType("segment.refreshed", "Segment refreshed", {"entered": int, "left": int, "members": int}),
)
