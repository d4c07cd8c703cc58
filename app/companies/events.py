"""What happens to companies, as others hear of it."""

from app.engine.events.catalogue import EventType

TYPES = (
    EventType("company.added", "Added", {"name": str}, about="company"),
    EventType("company.updated", "Changed", {"fields": list}, about="company"),
    EventType("company.archived", "Archived", {}, about="company"),
    EventType("company.restored", "Restored", {}, about="company"),
    EventType("company.merged", "Merged with another company", {"other_id": str, "name": str}, about="company"),
)
