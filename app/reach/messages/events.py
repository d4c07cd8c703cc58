"""What happens to message types and templates."""

from app.engine.events.catalogue import EventType

TYPES = (
    EventType("message_type.added", "Message type added", {"key": str}),
    EventType("message_type.changed", "Message type changed", {"key": str}),
    EventType("message_type.archived", "Message type put away", {"key": str}),
    EventType("message_type.brought_back", "Message type brought back", {"key": str}),
    EventType("template.published", "New version of a template", {"name": str, "number": int}),
    EventType("template.renamed", "Template changed", {"name": str}),
    EventType("template.archived", "Template put away", {"name": str}),
    EventType("template.brought_back", "Template brought back", {"name": str}),
)
