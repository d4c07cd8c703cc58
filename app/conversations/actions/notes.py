"""Private notes: what employees say among themselves within a conversation; its customer never sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.conversations import doorbell
from app.conversations.actions import messages, writing
from app.conversations.models import Channel, Mention, PrivateNote
from app.conversations.queries import lookup
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import NotAllowed
from app.engine.events import actions as events
from app.engine.notes import mentions
from app.engine.notes.actions import LONGEST_EXCERPT, Told
from app.engine.notices import actions as notices
from app.engine.records.kinds import get_record


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
    seq = messages.store_unseen(note, channel, actor)
    told = _tell(note, seq, channel, named, actor)
    events.emit(
        "channel.noted",
        actor=actor,
        subject_id=channel.customer_id or channel.channel_id,
        channel_id=str(channel.channel_id),
        comm_id=str(note.comm_id),
    )
    doorbell.ring(channel.channel_id, [*lookup.participant_ids(channel.channel_id), *(one.id for one in told.told)])
    return Noted(note.comm_id, seq, told)


def _tell(note: PrivateNote, seq: int, channel: Channel, named: Sequence[mentions.Colleague], actor: Actor) -> Told:
    others = [one for one in named if one.id != actor.id]
    record = get_record(actor, "conversation", channel.channel_id) if others else None
    told = [one for one in others if record and mentions.may_see(one, record)]
    excerpt = note.content if len(note.content) <= LONGEST_EXCERPT else f"{note.content[:LONGEST_EXCERPT]}…"
    for one in told:
        db.session.add(Mention(comm_id=note.comm_id, person_id=one.id, channel_id=channel.channel_id))
        notices.notify(
            one.id,
            key=notice_key(note.comm_id),
            title=f"{actor.name} mentioned you: {record.name if record else ''}",
            body=excerpt,
            url=f"/conversations/{channel.channel_id}#message-{seq}",
        )
    db.session.flush()
    return Told(told, [one for one in others if one not in told])


def notice_key(comm_id: UUID) -> str:
    """What the bell calls the mentions of a note."""
    return f"note:{comm_id}"
