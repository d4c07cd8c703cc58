"""What happens to providers and addresses, as others hear of it. Payloads hold no addresses."""

from app.engine.events.catalogue import EventType

SUPPRESSED, RELEASED = "address.suppressed", "address.released"
BOUNCED, COMPLAINED = "message.bounced", "message.complained"
TYPES = (
    EventType("provider.added", "A provider was set up", {"provider_id": str}),
    EventType("provider.changed", "A provider was changed", {"provider_id": str}),
    EventType(SUPPRESSED, "An address is not written to any more", {"channel": str, "reason": str}),
    EventType(RELEASED, "An address is written to again", {"channel": str}),
    EventType(COMPLAINED, "A message was reported as unwanted", {"channel": str}, about="customer"),
    EventType(BOUNCED, "A message did not arrive", {"channel": str, "code": str}, about="customer"),
)
