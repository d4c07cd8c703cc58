"""What happens to segments."""

from app.engine.events.catalogue import EventType

TYPES = (
    EventType("segment.created", "Segment made", {"name": str}),
    EventType("segment.updated", "Segment changed", {"name": str}),
    EventType("segment.removed", "Segment removed", {"name": str}),
    EventType("segment.entered", "Came into a segment", {"segment_id": str, "name": str}, about="customer"),
    EventType("segment.left", "Left a segment", {"segment_id": str, "name": str}, about="customer"),
)
