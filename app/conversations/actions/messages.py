"""Saying things: messages, calls and emails."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.conversations import doorbell
from app.conversations.actions import channels, mentioning, writing
from app.conversations.actions.placing import Place, placed
from app.conversations.models import Channel, Chat, Email, Pair, PhoneCall, PrivateNote
from app.conversations.queries import lookup
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.engine.events import actions as events
from app.engine.notes import mentions
from app.people.models import Customer

LONGEST_CALL_SECONDS = 24 * 3600
LONGEST_SUBJECT = 200
SLOW_CLOCKS = timedelta(minutes=5)


@dataclass(frozen=True)
class Posted:
    """A stored message and its number in the channel."""

    comm_id: UUID
    seq: int


def post_message(channel_id: UUID, content: str, *, actor: Actor, client_key: str | None = None) -> Posted:
    """Say something in a channel. The same `client_key` again stores nothing and returns the first.

    A customer's message reopens a chat closed within 7 days; an employee who writes joins in.
    Raises: NotFound when there is none that this actor sees; ChannelClosed when it stays closed; Conflict when an
    employee has not accepted it.
    """
    words = writing.clean(content)
    into = ("open",) if actor.is_staff else ("open", "waiting")
    place = writing.write(channel_id, words, actor=actor, client_key=client_key, into=into)
    if place is None:  # now it is worth a look why
        held = hold(lookup.get_channel(actor, channel_id))
        said = said_before(Chat, actor.id, client_key)
        if said is not None:
            return said
        place = _write_where_held(held, words, actor, client_key)
    if place.is_internal:
        mentioning.tell(channel_id, place.comm_id, place.seq, words, mentions.named_in(words), actor=actor)
    doorbell.ring(channel_id, place.member_ids)
    return Posted(place.comm_id, place.seq)


def _write_where_held(held: Channel, words: str, actor: Actor, client_key: str | None) -> Place:
    if held.is_closed:
        if actor.is_staff:
            raise channels.ChannelClosed("It is closed. Reopen it to write.")
        channels.reopen_channel(held, actor=actor)
    if actor.is_staff and held.is_waiting:
        raise Conflict("Accept the conversation before you answer.")
    return placed(writing.write(held.channel_id, words, actor=actor, client_key=client_key))


def hold(channel: Channel) -> Channel:
    """The channel as it is now, held until the commit: what is said in it comes one after another."""
    held = select(Channel).where(Channel.channel_id == channel.channel_id).with_for_update()
    return db.session.scalars(held.execution_options(populate_existing=True)).one()


def said_before(kind: type[Chat | PrivateNote], sender_id: UUID | None, client_key: str | None) -> Posted | None:
    """What a sender said under this name of their own, None when nothing."""
    if not client_key:
        return None
    row = db.session.execute(
        select(kind.comm_id, Pair.seq)
        .join(Pair, Pair.comm_id == kind.comm_id)
        .where(kind.sender_id == sender_id, kind.client_key == client_key)
    ).one_or_none()
    return None if row is None else Posted(row.comm_id, row.seq)


def mark_read(channel: Channel, seq: int, *, actor: Actor) -> None:
    """Remember how far a participant has read."""
    reached = writing.read_up_to(channel.channel_id, actor.id, min(seq, channel.last_seq)) if actor.id else ()
    if reached:
        doorbell.ring(channel.channel_id, reached)


def log_call(
    customer: Customer,
    *,
    actor: Actor,
    duration_seconds: int,
    notes: str,
    outcome: str = "",
    is_incoming: bool = False,
    channel: Channel | None = None,
    at: datetime | None = None,
) -> PhoneCall:
    """Write down a phone call with a customer, within a conversation or on its own; without `at` it was just now.

    Raises: Invalid for a duration that no call has, a moment to come, or without a word about it.
    """
    if not 0 <= duration_seconds <= LONGEST_CALL_SECONDS:
        raise Invalid(errors={"minutes": ["Enter between 0 and 1,440 minutes."]})
    sender_id, receiver_id = _ends(customer, actor, is_incoming=is_incoming)
    call = PhoneCall(
        sender_id=sender_id,
        receiver_id=receiver_id,
        content=writing.clean(notes, "notes"),
        duration_seconds=duration_seconds,
        outcome=" ".join(outcome.split())[:100],
        at=_moment(at),
    )
    _store(call, channel, actor)
    events.emit("call.logged", actor=actor, subject_id=customer.person_id, comm_id=str(call.comm_id))
    return call


def log_email(
    customer: Customer,
    *,
    actor: Actor,
    subject: str,
    content: str,
    is_incoming: bool = False,
    at: datetime | None = None,
) -> Email:
    """Write down an email that went another way; nothing is sent. Without `at` it was just now.

    Raises: Invalid without a subject or text, or for a moment to come.
    """
    sender_id, receiver_id = _ends(customer, actor, is_incoming=is_incoming)
    email = Email(
        sender_id=sender_id,
        receiver_id=receiver_id,
        subject=heading(subject),
        content=writing.clean(content),
        at=_moment(at),
    )
    _store(email, None, actor)
    events.emit("email.logged", actor=actor, subject_id=customer.person_id, comm_id=str(email.comm_id))
    return email


def _ends(customer: Customer, actor: Actor, *, is_incoming: bool) -> tuple[UUID | None, UUID | None]:
    """Who said it, and to whom."""
    return (customer.person_id, actor.id) if is_incoming else (actor.id, customer.person_id)


def _moment(at: datetime | None) -> datetime:
    if at is not None and at > now() + SLOW_CLOCKS:
        raise Invalid(errors={"at": ["That is still to come. Write down what has happened."]})
    return min(at, now()) if at else now()


def heading(subject: str) -> str:
    """A subject as it is kept. Raises: Invalid for none."""
    heading = " ".join(subject.split())[:LONGEST_SUBJECT]
    if not heading:
        raise Invalid(errors={"subject": ["Write a subject."]})
    return heading


def _store(communication: PhoneCall | Email, channel: Channel | None, actor: Actor) -> None:
    """Store a call or an email: in a channel, or on its own."""
    if channel is None:
        db.session.add(communication)
        db.session.flush()
        return
    place = writing.pair_unseen(channel, communication, writer_id=actor.id)
    doorbell.ring(channel.channel_id, place.member_ids)
