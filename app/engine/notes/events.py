"""What happens with notes. Their subject is the record; what they say stays with them."""

from app.engine.events.catalogue import EventType

TYPES = (
    EventType("note.added", "Note added", {"note_id": str, "record_kind": str}),
    EventType("note.mentioned", "Mentioned in a note", {"note_id": str, "record_kind": str, "person_id": str}),
    EventType("note.removed", "Note removed", {"note_id": str, "record_kind": str}),
)
