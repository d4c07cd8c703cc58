"""What happens to touch tasks."""

from app.engine.events.catalogue import EventType

TASK = {"task_no": int, "name": str}

TYPES = (
    EventType("touch.launched", "Touch task launched", TASK),
    EventType("touch.paused", "Touch task paused", TASK),
    EventType("touch.resumed", "Touch task resumed", TASK),
    EventType("touch.cancelled", "Touch task cancelled", TASK),
    EventType("touch.sent_again", "Touch task tries those it could not reach again", TASK),
    EventType("touch.finished", "Touch task finished", TASK),
    EventType("touch.failed", "Touch task could not go on", {**TASK, "words": str}),
)
