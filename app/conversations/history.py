"""What conversations add to a customer's timeline."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal, select, union_all

from app.conversations.models import Channel, Email, PhoneCall
from app.core.access import Actor
from app.people import timeline


def chats(_actor: Actor, customer_id: UUID) -> Select[Any]:
    """When a chat was asked for, taken, closed and rated."""
    page = func.concat("/conversations/", Channel.channel_id)
    stars = func.concat("Rated ", Channel.rating, " of 5")
    steps = (
        (Channel.requested_at, literal("Chat began"), Channel.topic),
        (Channel.closed_at, literal("Chat closed"), Channel.topic),
        (Channel.rated_at, stars, Channel.feedback),
    )
    parts = [
        select(*timeline.columns(at=at, kind="chat", title=title, detail=detail, url=page)).where(
            Channel.customer_id == customer_id, at.is_not(None)
        )
        for at, title, detail in steps
    ]
    return select(union_all(*parts).subquery())


def calls(_actor: Actor, customer_id: UUID) -> Select[Any]:
    """Calls with a customer."""
    minutes = func.ceil(PhoneCall.duration_seconds / 60.0)
    who = func.concat(
        "Call",
        func.nullif(func.concat(" · ", minutes, " min"), " · 0 min"),
        func.nullif(func.concat(" · ", PhoneCall.outcome), " · "),
    )
    columns = timeline.columns(at=PhoneCall.at, kind="phone", title=who, detail=PhoneCall.content)
    return select(*columns).where((PhoneCall.sender_id == customer_id) | (PhoneCall.receiver_id == customer_id))


def emails(_actor: Actor, customer_id: UUID) -> Select[Any]:
    """Emails with a customer."""
    subject = func.concat("Email: ", Email.subject)
    columns = timeline.columns(at=Email.at, kind="email", title=subject, detail=Email.content)
    return select(*columns).where((Email.sender_id == customer_id) | (Email.receiver_id == customer_id))


SOURCES = (
    timeline.Source("chat", "Chats", "message-2", "conversations.read", chats, tint="talk"),
    timeline.Source("phone", "Calls", "phone", "conversations.read", calls, tint="talk"),
    timeline.Source("email", "Emails", "mail", "conversations.read", emails, tint="talk"),
)
