"""What happens to products, as others hear of it."""

from app.engine.events.catalogue import EventType

TYPES = (
    EventType("product.added", "Added", {"sku": str}),
    EventType("product.updated", "Changed", {"fields": list}),
    EventType("product.archived", "Archived", {}),
    EventType("product.restored", "Restored", {}),
)
