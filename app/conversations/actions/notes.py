"""Private notes: what employees say among themselves within a conversation; its customer never sees them."""

from dataclasses import dataclass

from app.conversations import doorbell
from app.conversations.actions import mentioning, messages, writing
from app.conversations.models import Channel, PrivateNote
from app.core.access import Actor
from app.core.clock import now
from app.core.errors import NotAllowed
from app.engine.events import actions as events
from app.engine.notes import mentions
from app.engine.notes.actions import Told


@dataclass(frozen=True)
class Noted(messages.Posted):
    """A stored note, its number in the channel, and whom it told."""

    told: Told


def post_note(channel: Channel, content: str, *, actor: Actor, client_key: str | None = None) -> Noted:
    """Write a private note into a channel, whatever its state, and tell whom it mentions.

    The same `client_key` again stores nothing and returns the first.
    Raises: NotAllowed for customers; Invalid without words.
    """
    if not actor.is_staff:
        raise NotAllowed("Only employees write private notes.")
    messages.hold(channel)
    again = messages.said_before(PrivateNote, actor.id, client_key)
    if again is not None:
        return Noted(again.comm_id, again.seq, Told((), ()))
    words = writing.clean(content)
    named = mentions.named_in(words)
    note = PrivateNote(
        sender_id=actor.id,
        content=words,
        client_key=client_key,
        handles=sorted({one.handle for one in named}),
        at=now(),
    )
    place = writing.pair_unseen(channel, note, writer_id=actor.id)
    told = mentioning.tell(channel.channel_id, place.comm_id, place.seq, words, named, actor=actor)
    events.emit(
        "channel.noted",
        actor=actor,
        subject_id=channel.subject_id,
        channel_id=str(channel.channel_id),
        comm_id=str(place.comm_id),
    )
    doorbell.ring(channel.channel_id, [*place.member_ids, *(one.id for one in told.told)])
    return Noted(place.comm_id, place.seq, told)
