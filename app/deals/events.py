"""What happens to deals, as others hear of it. The subject is the deal."""

from app.engine.events.catalogue import EventType

DEAL = {"title": str, "customer_id": str, "value_minor": int, "currency": str}
TYPES = (
    EventType("deal.created", "Deal added", {**DEAL, "stage": str}, about="deal"),
    EventType("deal.updated", "Deal changed", {"fields": list}, about="deal"),
    EventType("deal.moved", "Deal moved", {**DEAL, "before": str, "after": str}, about="deal"),
    EventType("deal.won", "Deal won", {**DEAL, "receipt_id": str}, about="deal"),
    EventType("deal.lost", "Deal lost", {**DEAL, "reason": str, "note": str}, about="deal"),
    EventType("pipeline.changed", "Pipelines or reasons for losing changed", {"name": str, "what": str}),
    EventType("deal.reopened", "Deal opened again", {**DEAL, "after": str}, about="deal"),
)
