"""What conversations add to a customer's timeline."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, Text, cast, func, literal, null, select, union_all

from app.conversations.models import Channel, Email, PhoneCall
from app.people.timeline import Source


def _columns(at: Any, kind: str, title: Any, detail: Any, url: Any) -> tuple[Any, ...]:
    return (
        at.label("at"),
        literal(kind, Text).label("kind"),
        cast(title, Text).label("title"),
        cast(detail, Text).label("detail"),
        cast(url, Text).label("url"),
        cast(null(), BigInteger).label("amount_minor"),
        cast(null(), Text).label("currency"),
    )


def chats(customer_id: UUID) -> Select[Any]:
    """When a chat was asked for, taken, closed and rated."""
    page = func.concat("/conversations/", Channel.channel_id)
    stars = func.concat("Rated ", Channel.rating, " of 5")
    steps = (
        (Channel.requested_at, literal("Chat began"), Channel.topic),
        (Channel.closed_at, literal("Chat closed"), Channel.topic),
        (Channel.rated_at, stars, Channel.feedback),
    )
    parts = [
        select(*_columns(at, "chat", title, detail, page)).where(Channel.customer_id == customer_id, at.is_not(None))
        for at, title, detail in steps
    ]
    return select(union_all(*parts).subquery())


def calls(customer_id: UUID) -> Select[Any]:
    """Calls with a customer."""
    minutes = func.ceil(PhoneCall.duration_seconds / 60.0)
    who = func.concat(
        "Call",
        func.nullif(func.concat(" · ", minutes, " min"), " · 0 min"),
        func.nullif(func.concat(" · ", PhoneCall.outcome), " · "),
    )
    columns = _columns(PhoneCall.at, "phone", who, PhoneCall.content, literal(""))
    return select(*columns).where((PhoneCall.sender_id == customer_id) | (PhoneCall.receiver_id == customer_id))


def emails(customer_id: UUID) -> Select[Any]:
    """Emails with a customer."""
    columns = _columns(Email.at, "email", func.concat("Email: ", Email.subject), Email.content, literal(""))
    return select(*columns).where((Email.sender_id == customer_id) | (Email.receiver_id == customer_id))


SOURCES = (
    Source("chat", "Chats", "message-2", "conversations.read", chats),
    Source("phone", "Calls", "phone", "conversations.read", calls),
    Source("email", "Emails", "mail", "conversations.read", emails),
)
