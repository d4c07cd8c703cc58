"""When a visitor proves to be a customer, what they said becomes that customer's."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from app.conversations import doorbell
from app.conversations.models import Channel, Communication, Participant
from app.conversations.queries import lookup
from app.core.access import Actor
from app.core.db import db
from app.engine.events import actions as events


def give_to_customer(visitor_id: UUID, customer_id: UUID, *, actor: Actor) -> Sequence[Channel]:
    """Let a visitor's conversations go on as the customer's, with every word; returns them.

    Nothing that is known of the customer changes.
    """
    moved = (
        update(Channel)
        .where(Channel.visitor_id == visitor_id, Channel.customer_id.is_(None))
        .values(customer_id=customer_id, version=Channel.version + 1)
        .returning(Channel)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    channels = db.session.scalars(moved).all()
    for end in (Communication.sender_id, Communication.receiver_id):
        db.session.execute(update(Communication).where(end == visitor_id).values({end: customer_id}))
    _take_seats(visitor_id, customer_id)
    for channel in channels:
        events.emit(
            "channel.proved",
            actor=actor,
            subject_id=customer_id,
            channel_id=str(channel.channel_id),
            customer_id=str(customer_id),
            owner_id=str(channel.owner_id) if channel.owner_id else None,
        )
        doorbell.ring(channel.channel_id, lookup.participant_ids(channel.channel_id), queue=channel.is_waiting)
    return channels


def _take_seats(visitor_id: UUID, customer_id: UUID) -> None:
    """The customer takes part where the visitor did, having read as far."""
    theirs = select(
        Participant.channel_id,
        literal(customer_id, Participant.person_id.type),
        Participant.joined_at,
        Participant.left_at,
        Participant.last_read_seq,
    ).where(Participant.person_id == visitor_id)
    taken = insert(Participant).from_select(
        ["channel_id", "person_id", "joined_at", "left_at", "last_read_seq"], theirs
    )
    db.session.execute(taken.on_conflict_do_nothing())
    db.session.execute(delete(Participant).where(Participant.person_id == visitor_id))
