"""Channels and the people in them: the door to each, and who there is to talk with."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select

from app.conversations.access import Sight, sight_of, values_of, visible_to, visible_with
from app.conversations.models import Channel, Participant
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, one_of
from app.core.errors import NotFound
from app.people.models import Employee, Person


def get_channel(actor: Actor, channel_id: UUID) -> Channel:
    """The door to one channel. Raises: NotFound when not there or not visible to this actor."""
    channel = find_channel(actor, channel_id)
    if channel is None:
        raise NotFound
    return channel


def find_channel(actor: Actor, channel_id: UUID) -> Channel | None:
    """One channel, or None when not there or not visible to this actor."""
    return db.session.scalar(_door(sight_of(actor)), {"channel_id": channel_id, **values_of(actor)})


@cache  # asked by every message and every page of a conversation
def _door(sight: Sight) -> Select[Channel]:
    door = select(Channel).where(Channel.channel_id == bindparam("channel_id"), visible_with(sight))
    return door.execution_options(populate_existing=True)


def names_of(actor: Actor, channel_ids: Collection[UUID]) -> dict[UUID, str]:
    """What those of some channels are about that the actor may see."""
    named = func.coalesce(Channel.room_name, func.nullif(Channel.topic, ""), "Conversation")
    found = select(Channel.channel_id, named).where(one_of(Channel.channel_id, channel_ids), visible_to(actor))
    return {channel_id: name for channel_id, name in db.session.execute(found)}


def find_taken_channel(channel_id: UUID) -> Channel | None:
    """A customer's chat that somebody took a moment ago, whoever asks: only to say who was quicker."""
    return db.session.scalar(
        select(Channel).where(
            Channel.channel_id == channel_id,
            Channel.kind != "internal",
            Channel.state == "open",
            Channel.accepted_at > now() - timedelta(minutes=10),
        )
    )


def find_open_with(actor: Actor, customer_id: UUID) -> Channel | None:
    """The latest conversation that goes on with a customer, if this actor may see it."""
    return db.session.scalar(
        select(Channel)
        .where(Channel.customer_id == customer_id, Channel.state != "closed", visible_to(actor))
        .order_by(Channel.last_at.desc())
        .limit(1)
    )


def participant_ids(channel_id: UUID) -> Sequence[UUID]:
    """Who takes part now."""
    return db.session.scalars(
        select(Participant.person_id).where(Participant.channel_id == channel_id, Participant.left_at.is_(None))
    ).all()


@dataclass(frozen=True)
class Member:
    """Somebody who takes part, as a page shows them."""

    person_id: UUID
    name: str
    kind: str
    last_read_seq: int


def list_members(channel_id: UUID) -> list[Member]:
    """Who takes part now, in the order they joined."""
    rows = db.session.execute(
        select(Participant.person_id, Person.name, Person.kind, Participant.last_read_seq)
        .join(Person, Person.person_id == Participant.person_id)
        .where(Participant.channel_id == channel_id, Participant.left_at.is_(None))
        .order_by(Participant.joined_at, Participant.person_id)
    )
    return [Member(*row) for row in rows]


def name_of(person_id: UUID | None) -> str:
    """One person's name; "Somebody" for nobody."""
    if person_id is None:
        return "Somebody"
    return db.session.scalar(select(Person.name).where(Person.person_id == person_id)) or "Somebody"


def list_people(person_ids: Sequence[UUID]) -> Sequence[Person]:
    """Some people by their ids."""
    return db.session.scalars(select(Person).where(one_of(Person.person_id, person_ids))).all()


def is_active_employee(person_id: UUID | None) -> bool:
    """True when somebody works here and may be given work."""
    found = select(Employee.person_id).where(
        Employee.person_id == person_id, Employee.deactivated_at.is_(None), Employee.erased_at.is_(None)
    )
    return person_id is not None and db.session.scalar(found) is not None


def list_colleagues(actor: Actor) -> list[tuple[UUID, str]]:
    """Who a conversation can be handed to or opened with: everybody else who works here."""
    rows = db.session.execute(
        select(Employee.person_id, Employee.name.label("name"))
        .where(Employee.deactivated_at.is_(None), Employee.erased_at.is_(None), Employee.person_id != actor.id)
        .order_by("name", Employee.person_id)
    )
    return [(person_id, name) for person_id, name in rows]


def list_managers() -> Sequence[UUID]:
    """Who hears of a low rating."""
    return db.session.scalars(
        select(Employee.person_id).where(
            Employee.role == "manager", Employee.deactivated_at.is_(None), Employee.erased_at.is_(None)
        )
    ).all()
