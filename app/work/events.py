"""What happens while lists are worked through, as others hear of it. The subject is the record, or the run."""

from app.engine.events.catalogue import EventType

STEP = {"run_id": str, "record_kind": str}
TYPES = (
    EventType("work.begun", "List begun", {"list": str, "name": str, "total": int}),
    EventType("work.done", "Worked through", STEP),
    EventType("work.skipped", "Skipped", STEP),
    EventType("work.snoozed", "Put off", {**STEP, "until": str}),
    EventType("work.finished", "List finished", {"list": str, "name": str, "total": int}),
)
