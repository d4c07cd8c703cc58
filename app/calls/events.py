"""What happens with calls, as others hear of it."""

from app.engine.events.catalogue import EventType

TYPES = (EventType("call.ended", "A call ended", {"call_id": str, "state": str}, about="customer"),)
