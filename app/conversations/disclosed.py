"""What a copy for a customer says of conversations: theirs, never what staff said among themselves."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, select

from app.conversations.models import Channel, Communication, Email, Pair, Participant, PhoneCall, Rating
from app.people.disclosure.parts import Part, add_part, leave_out

Rows = Select[*tuple[Any, ...]]
SHOWN = ("chat", "email", "phone")
BY = case((Communication.sender_id.is_(None), "the shop"), else_="staff")


def add() -> None:
    """Speak for channels and communications."""
    add_part(Part("conversations", "Conversations", ("comm_channels", "comm_channel_participants"), _channels))
    add_part(Part("ratings", "Your ratings", ("ratings",), _ratings))
    add_part(Part("messages", "Messages", ("communications", "chats"), _messages))
    add_part(Part("calls", "Calls", ("phones",), _calls))
    leave_out("what staff said among themselves", "private_notes", "comm_mentions")
    leave_out("what staff say often", "canned_replies")
    leave_out("what staff have begun to write and not sent", "conversation_drafts")
    leave_out("how soon the shop answered, and who did", "response_clocks")
    add_part(Part("emails", "Emails", ("emails",), _emails))


def _channels(customer_id: UUID) -> Rows:
    query = select(
        Channel.requested_at.label("at"),
        Channel.topic,
        Channel.state,
        Participant.joined_at.label("you joined at"),
        Channel.closed_at.label("closed at"),
    ).outerjoin(
        Participant, (Participant.channel_id == Channel.channel_id) & (Participant.person_id == Channel.customer_id)
    )
    return query.where(Channel.customer_id == customer_id).order_by(Channel.requested_at)


def _ratings(customer_id: UUID) -> Rows:
    query = select(Rating.rated_at.label("at"), Channel.topic, Rating.stars, Rating.comment.label("words"))
    query = query.join(Channel, Channel.channel_id == Rating.channel_id)
    return query.where(Channel.customer_id == customer_id).order_by(Rating.rated_at)


def _messages(customer_id: UUID) -> Rows:
    by = case((Communication.sender_id == customer_id, "you"), else_=BY)
    query = (
        select(Communication.at, by.label("by"), Communication.content.label("words"))
        .join(Pair, Pair.comm_id == Communication.comm_id)
        .join(Channel, Channel.channel_id == Pair.channel_id)
    )
    return query.where(Channel.customer_id == customer_id, Communication.kind.in_(SHOWN)).order_by(Communication.at)


def _calls(customer_id: UUID) -> Rows:
    query = select(PhoneCall.at, PhoneCall.duration_seconds.label("seconds"), PhoneCall.outcome, PhoneCall.content)
    between = (PhoneCall.sender_id == customer_id) | (PhoneCall.receiver_id == customer_id)
    return query.where(between).order_by(PhoneCall.at)


def _emails(customer_id: UUID) -> Rows:
    by = case((Email.sender_id == customer_id, "you"), else_="the shop")
    query = select(Email.at, by.label("by"), Email.subject, Email.content.label("words"))
    return query.where((Email.sender_id == customer_id) | (Email.receiver_id == customer_id)).order_by(Email.at)
