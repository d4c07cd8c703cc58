"""Words and their writers: whose turn it is after them, and whose unread ones they are."""

from collections.abc import Sequence
from uuid import UUID

from app.conversations.actions.placing import Door, Manner, Place, Said, place, placed
from app.conversations.models import Channel, Chat, Email, Pair, PhoneCall, PrivateNote
from app.core.access import Actor
from app.core.clock import now
from app.core.db import SIGNED, Ready, db, new_id, settled_values, signature
from app.core.errors import Invalid
from app.engine.events import actions as events
from app.people import details

LONGEST_MESSAGE = 10_000
READ = Ready(
    f"""
    WITH signed AS MATERIALIZED ({SIGNED}), moved AS (
        UPDATE comm_channel_participants SET last_read_seq = :seq
        WHERE channel_id = :channel_id AND person_id = :person_id AND last_read_seq < :seq
        RETURNING channel_id
    )
    SELECT ARRAY(
        SELECT person_id FROM comm_channel_participants p WHERE p.channel_id = moved.channel_id AND p.left_at IS NULL
    ) FROM signed CROSS JOIN moved
    """  # noqa: S608 - made of constants
)


def write(
    channel_id: UUID, words: str, *, actor: Actor, client_key: str | None = None, into: tuple[str, ...] = ()
) -> Place | None:
    """Put a message of clean words into a channel; who names no states has looked whether it may be said there.

    `into`: the states of channels that take it from this actor, who is to see it. None where none of that holds, or
    where the same was said before under this `client_key`.
    """
    comm_id = new_id()
    event = events.recorded("message.posted", actor=actor, channel_id=str(channel_id), comm_id=str(comm_id))
    message = {
        "comm_id": comm_id,
        "kind": "chat",
        "sender_id": actor.id,
        "content": words,
        "at": now(),
        "client_key": client_key,
    }
    door = Door(actor, into) if into else None
    manner = Manner("theirs" if actor.is_guest else "ours" if actor.is_staff else "", joins=True)
    return place(channel_id, Chat, message, manner, reader_id=actor.id, door=door, event=event)


def pair(channel: Channel, email: Email, *, is_automatic: bool = False) -> Place:
    """Store an email in a channel, where its sender takes part. What a program wrote is nobody's turn."""
    manner = Manner("" if is_automatic else _turn(channel, email), joins=True)
    return placed(place(channel.channel_id, Email, settled_values(email), manner, reader_id=email.sender_id))


def pair_unseen(channel: Channel, said: PhoneCall | Email | PrivateNote, *, writer_id: UUID | None) -> Place:
    """Store what the customer does not see."""
    manner = Manner(_turn(channel, said))
    return placed(place(channel.channel_id, type(said), settled_values(said), manner, reader_id=writer_id))


def pair_earlier(channel: Channel, email: Email) -> None:
    """Let what was said before there was a channel stand in it; that is nobody's turn."""
    channel.last_seq += 1
    channel.last_at = now()
    db.session.add(Pair(channel_id=channel.channel_id, comm_id=email.comm_id, seq=channel.last_seq))
    db.session.flush()


def _turn(channel: Channel, said: Said) -> str:
    """A customer's words wait for an answer and end a snooze; an employee's answer them. Calls and notes do neither."""
    if channel.is_internal or not isinstance(said, Email) or said.sender_id is None:
        return ""
    return "theirs" if said.sender_id == channel.guest_id else "ours"


def clean(content: str, name: str = "content") -> str:
    """The words as they are stored. Raises: Invalid for the field `name`."""
    try:
        words = details.plain_text(content, LONGEST_MESSAGE)
    except Invalid as refusal:
        raise Invalid(errors={name: [str(refusal)]}) from None
    if not words:
        raise Invalid(errors={name: ["Write something first."]})
    return words


def read_up_to(channel_id: UUID, person_id: UUID, seq: int) -> Sequence[UUID]:
    """Move a participant's reading mark forward; returns who takes part, nobody when it stood there already."""
    values = {"channel_id": channel_id, "person_id": person_id, "seq": seq, **signature(db.session())}
    return READ.run(values).scalar() or ()
