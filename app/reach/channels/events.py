"""What happens to providers and addresses, as others hear of it. Payloads hold no addresses."""

from app.engine.events.catalogue import EventType

SUPPRESSED, RELEASED, BOUNCED = "address.suppressed", "address.released", "message.bounced"
TYPES = (
    EventType("provider.added", "A provider was set up", {"provider_id": str}),
    EventType("provider.changed", "A provider was changed", {"provider_id": str}),
    EventType(SUPPRESSED, "An address is not written to any more", {"channel": str, "reason": str}),
    EventType(RELEASED, "An address is written to again", {"channel": str}),
    EventType(BOUNCED, "A message did not arrive", {"channel": str, "code": str}, about="customer"),
)
