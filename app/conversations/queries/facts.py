"""What an employee needs to know of the customer beside the thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    func,
    select,
)
from sqlalchemy.orm import aliased

from app.conversations.access import visible_to
from app.conversations.models import Channel
from app.conversations.queries.lists import ListItem, items
from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.people.models import Customer, Person


@dataclass(frozen=True)
class KeyFacts:
    """What an employee needs to know of the customer beside the thread."""

    customer: Customer
    owner_name: str | None
    conversations: int
    rated: int
    average: float | None
    others: Sequence[ListItem]


def get_key_facts(actor: Actor, customer_id: UUID, except_channel: UUID | None = None) -> KeyFacts:
    """The customer beside the thread, in three statements. Raises: NotFound."""
    owner = aliased(Person)
    row = db.session.execute(
        select(Customer, owner.name)
        .join(owner, owner.person_id == Customer.owner_id, isouter=True)
        .where(Customer.person_id == customer_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    counts = db.session.execute(
        select(func.count(), func.count(Channel.rating), func.avg(Channel.rating)).where(
            Channel.customer_id == customer_id
        )
    ).one()
    others = items(actor).where(
        Channel.customer_id == customer_id, visible_to(actor), Channel.channel_id.is_distinct_from(except_channel)
    )
    latest = [ListItem(*item) for item in db.session.execute(others.order_by(Channel.last_at.desc()).limit(3))]
    average = None if counts[2] is None else float(counts[2])
    return KeyFacts(row[0], row[1] if row[0].owner_id else None, counts[0], counts[1], average, latest)
