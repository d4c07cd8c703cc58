"""What conversations add to a customer's timeline: what the reader may also open."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    DateTime,
    Select,
    Text,
    case,
    column,
    exists,
    func,
    literal,
    not_,
    select,
)
from sqlalchemy.dialects.postgresql import array

from app.conversations.access import visible_to
from app.conversations.models import Channel, Email, Pair, PhoneCall, Rating
from app.core.access import Actor
from app.people import timeline


def chats(actor: Actor, customer_id: BindParameter[UUID]) -> Select[Any]:
    """When a chat was asked for and closed."""
    page = func.concat("/conversations/", Channel.channel_id)
    titles = [literal("Chat began", Text), literal("Chat closed", Text)]
    step = (
        func.unnest(
            array([Channel.requested_at, Channel.closed_at]),
            array(titles),
            array([Channel.topic, Channel.topic]),
        )
        .table_valued(column("at", DateTime(timezone=True)), column("title", Text), column("detail", Text))
        .render_derived("step")
    )
    columns = timeline.columns(at=step.c.at, kind="chat", title=step.c.title, detail=step.c.detail, url=page)
    return (
        select(*columns)
        .select_from(Channel)
        .join(step, step.c.at.is_not(None))
        .where(Channel.customer_id == customer_id, visible_to(actor))
    )


def ratings(actor: Actor, customer_id: BindParameter[UUID]) -> Select[Any]:
    """What the customer thought of a chat."""
    columns = timeline.columns(
        at=Rating.rated_at,
        kind="rating",
        title=func.concat("Rated ", Rating.stars, " of 5"),
        detail=Rating.comment,
        url=func.concat("/conversations/", Channel.channel_id),
    )
    rated = select(*columns).join(Channel, Channel.channel_id == Rating.channel_id)
    return rated.where(Channel.customer_id == customer_id, visible_to(actor))


def calls(actor: Actor, customer_id: BindParameter[UUID]) -> Select[Any]:
    """Calls with a customer."""
    minutes = func.ceil(PhoneCall.duration_seconds / 60.0)
    who = func.concat(
        case((PhoneCall.sender_id == customer_id, "The customer called"), else_="Call"),
        func.nullif(func.concat(" · ", minutes, " min"), " · 0 min"),
        func.nullif(func.concat(" · ", PhoneCall.outcome), " · "),
    )
    columns = timeline.columns(at=PhoneCall.at, kind="phone", title=who, detail=PhoneCall.content)
    return select(*columns).where(
        (PhoneCall.sender_id == customer_id) | (PhoneCall.receiver_id == customer_id), _is_open(actor, PhoneCall)
    )


def emails(actor: Actor, customer_id: BindParameter[UUID]) -> Select[Any]:
    """Emails with a customer."""
    subject = func.concat(
        case((Email.sender_id == customer_id, "Email from the customer: "), else_="Email: "), Email.subject
    )
    columns = timeline.columns(at=Email.at, kind="email", title=subject, detail=Email.content)
    return select(*columns).where(
        (Email.sender_id == customer_id) | (Email.receiver_id == customer_id), _is_open(actor, Email)
    )


def _is_open(actor: Actor, kind: type[PhoneCall | Email]) -> ColumnElement[bool]:
    """The communication is part of no conversation that is closed to the actor."""
    return ~exists(
        select(Pair.comm_id)
        .join(Channel, Channel.channel_id == Pair.channel_id)
        .where(Pair.comm_id == kind.comm_id, not_(visible_to(actor)))
    )


SOURCES = (
    timeline.Source("chat", "Chats", "message-2", "conversations.read", chats, tint="talk"),
    timeline.Source("rating", "Ratings", "star", "conversations.read", ratings, tint="talk"),
    timeline.Source("phone", "Calls", "phone", "conversations.read", calls, tint="talk"),
    timeline.Source("email", "Emails", "mail", "conversations.read", emails, tint="talk"),
)
