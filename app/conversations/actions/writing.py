"""How a communication gets its place in a channel; the channel's row is held until the commit."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, func, literal_column, update

from app.conversations.models import Channel, Chat, Email, Pair, Participant, PhoneCall, PrivateNote
from app.conversations.targets import clocks
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import Invalid
from app.engine.events import actions as events
from app.people import details

LONGEST_MESSAGE = 10_000
WAITED_SINCE = literal_column("old.unanswered_since", DateTime(timezone=True))


def write(channel: Channel, content: str, *, actor: Actor, client_key: str | None = None) -> Chat:
    """Put a message into a channel; whether it may be said there is `messages.post_message`'s to decide.

    Raises: Invalid for an empty or over-long message.
    """
    receiver_id = channel.owner_id if actor.id == channel.guest_id else channel.guest_id
    message = Chat(sender_id=actor.id, receiver_id=receiver_id, content=clean(content), client_key=client_key, at=now())
    seq = pair(channel, message)
    read_up_to(channel, actor.id, seq)
    events.emit(
        "message.posted",
        actor=actor,
        subject_id=channel.customer_id or channel.channel_id,
        channel_id=str(channel.channel_id),
        comm_id=str(message.comm_id),
    )
    return message


def pair(channel: Channel, communication: Chat | PhoneCall | Email | PrivateNote, *, is_automatic: bool = False) -> int:
    """Store a communication under the channel's next number, which is returned, and note whose turn it is then.

    What a program wrote in a customer's name (`is_automatic`) is nobody's turn.
    """
    turned = {} if is_automatic else _turn(channel, communication)
    held, waited_since = _next(channel, communication.at, turned)
    db.session.add(communication)
    db.session.flush()
    _put(held, communication)
    if turned and isinstance(communication, Chat | Email):
        clocks.turn(held, communication, waited_since)
    return held.last_seq


def pair_earlier(channel: Channel, communication: Email) -> int:
    """Let what was said before there was a channel stand in it; that is nobody's turn."""
    held, _waited_since = _next(channel, now(), {})
    _put(held, communication)
    return held.last_seq


def _next(channel: Channel, at: datetime, turned: dict[str, Any]) -> tuple[Channel, datetime | None]:
    """The channel with its next number, and since when its customer waited until now."""
    moved = (
        update(Channel)
        .where(Channel.channel_id == channel.channel_id)
        .values(last_seq=Channel.last_seq + 1, last_at=at, **turned)
        .returning(Channel, WAITED_SINCE)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    held, waited_since = db.session.execute(moved).one()
    return held, waited_since


def _put(channel: Channel, communication: Chat | PhoneCall | Email | PrivateNote) -> None:
    db.session.add(Pair(channel_id=channel.channel_id, comm_id=communication.comm_id, seq=channel.last_seq))
    db.session.flush()


def _turn(channel: Channel, communication: Chat | PhoneCall | Email | PrivateNote) -> dict[str, Any]:
    """A customer's words wait for an answer and end a snooze; an employee's answer them. Calls and notes do neither."""
    if channel.is_internal or not isinstance(communication, Chat | Email) or communication.sender_id is None:
        return {}
    if communication.sender_id == channel.guest_id:
        since = func.coalesce(Channel.unanswered_since, communication.at)
        return {"unanswered_since": since, "snoozed_at": None, "snoozed_until": None}
    first = func.coalesce(Channel.first_response_at, communication.at)
    return {"unanswered_since": None, "first_response_at": first}


def clean(content: str, name: str = "content") -> str:
    """The words as they are stored. Raises: Invalid for the field `name`."""
    try:
        words = details.plain_text(content, LONGEST_MESSAGE)
    except Invalid as refusal:
        raise Invalid(errors={name: [str(refusal)]}) from None
    if not words:
        raise Invalid(errors={name: ["Write something first."]})
    return words


def read_up_to(channel: Channel, person_id: UUID | None, seq: int) -> bool:
    """Move a participant's reading mark forward; False when it stood there already."""
    moved = update(Participant).where(
        Participant.channel_id == channel.channel_id,
        Participant.person_id == person_id,
        Participant.last_read_seq < seq,
    )
    return bool(db.session.execute(moved.values(last_read_seq=seq)).rowcount)  # type: ignore[attr-defined]
