"""What happens with files. Their subject is the record."""

from app.engine.events.catalogue import EventType

FIELDS = {"file_id": str, "record_kind": str}
TYPES = (
    EventType("file.added", "File added", FIELDS),
    EventType("file.downloaded", "File downloaded", FIELDS),
    EventType("file.removed", "File removed", FIELDS),
)
