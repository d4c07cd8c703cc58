"""What happens in conversations, as others hear of it. Payloads hold ids only."""

from app.engine.events.catalogue import EventType

NONE = type(None)
CHANNEL: dict[str, type | tuple[type, ...]] = {"channel_id": str, "customer_id": (str, NONE), "owner_id": (str, NONE)}
RATED = {**CHANNEL, "rating_id": str, "is_low": bool}

TYPES = (
    EventType("channel.requested", "Asked for a chat", CHANNEL, about="customer"),
    EventType("channel.accepted", "A conversation began", CHANNEL, about="customer"),
    EventType("channel.closed", "Closed a conversation", CHANNEL, about="customer"),
    EventType("channel.reopened", "Reopened a conversation", CHANNEL, about="customer"),
    EventType("channel.proved", "Proved to be the visitor of a conversation", CHANNEL, about="customer"),
    EventType("channel.snoozed", "Snoozed a conversation", CHANNEL, about="customer"),
    EventType("channel.woken", "A conversation came back from snooze", CHANNEL, about="customer"),
    EventType(
        "channel.transcribed",
        "A conversation was sent by mail",
        {"channel_id": str, "last_seq": int},
        about="customer",
    ),
    EventType("channel.rated", "Rated a conversation", RATED, about="customer"),
    EventType("message.posted", "Wrote a message", {"channel_id": str, "comm_id": str}, about="customer"),
    EventType("channel.noted", "Wrote a private note", {"channel_id": str, "comm_id": str}, about="customer"),
    EventType("call.logged", "Wrote down a call", {"comm_id": str}, about="customer"),
    EventType("email.logged", "Wrote down an email", {"comm_id": str}, about="customer"),
    EventType("email.sent", "Sent an email", {"comm_id": str}, about="customer"),
)
