"""What stands beside a thread: who the customer is, and what the reader keeps with the conversation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Uuid, bindparam, cast, func, null, select, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from app.conversations.access import ME, Sight, sight_of, values_of, visible_with
from app.conversations.models import Channel, Draft, Rating
from app.conversations.queries.ratings import average_columns
from app.conversations.targets import queries as targets
from app.core.access import Actor
from app.core.db import db
from app.engine.tags import queries as tags
from app.people.models import Customer, Person

OTHERS = 3
CHANNEL_ID, CUSTOMER_ID = bindparam("channel_id", type_=Uuid()), bindparam("customer_id", type_=Uuid())


@dataclass(frozen=True)
class KeyFacts:
    """What an employee needs to know of the customer beside the thread. `others`: channel_id, topic and state."""

    customer: Customer
    owner_name: str | None
    conversations: int
    rated: int
    average: float | None
    others: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Beside:
    """What stands beside a thread; an internal conversation has no `facts`. `drafts`: what was begun, by mode.

    `visitor`: what is known of whoever began it without an account, as the package says that knows them.
    """

    facts: KeyFacts | None
    visitor: Any
    drafts: dict[str, str]
    labels: Sequence[dict[str, Any]]
    due: targets.Due | None


_visitors: tuple[ColumnElement[Any], Callable[[Actor, Any], Any]] = (null(), lambda _actor, told: told)


def know_visitors(column: ColumnElement[Any], read: Callable[[Actor, Any], Any]) -> None:
    """Let a package above tell of visitors: a column of a statement on `Channel`, and what an actor sees of it."""
    global _visitors  # noqa: PLW0603 - set once, when the application is built
    _visitors = (column, read)


def get_beside(actor: Actor, channel: Channel) -> Beside:
    """All of it in one statement."""
    asked = {"channel_id": channel.channel_id, "customer_id": channel.customer_id, **values_of(actor)}
    row = db.session.execute(_beside(sight_of(actor)), asked).one()
    customer, owner_name, number, rated, average, others, drafts, chips, due, told = row
    visitor = None if told is None else _visitors[1](actor, told)
    if customer is None:
        return Beside(None, visitor, drafts, chips, targets.due_of(due))
    mean = None if average is None else float(average)
    facts = KeyFacts(customer, owner_name if customer.owner_id else None, number, rated, mean, others)
    return Beside(facts, visitor, drafts, chips, targets.due_of(due))


@cache
def _beside(sight: Sight) -> Select[*tuple[Any, ...]]:
    owner = aliased(Person)
    counts = (
        select(func.count(Channel.channel_id.distinct()), *average_columns())
        .outerjoin(Rating, Rating.channel_id == Channel.channel_id)
        .where(Channel.customer_id == CUSTOMER_ID)
        .subquery()
    )
    return (
        select(
            Customer,
            owner.name,
            counts,
            _others(sight),
            _drafts(),
            tags.chips_on("conversation", CHANNEL_ID),
            targets.due_column(),
            _visitors[0].label("visitor"),
        )
        .select_from(Channel)
        .join(counts, true())
        .outerjoin(Customer, Customer.person_id == Channel.customer_id)
        .outerjoin(owner, owner.person_id == Customer.owner_id)
        .where(Channel.channel_id == CHANNEL_ID)
    )


def _others(sight: Sight) -> ColumnElement[Any]:
    """The customer's other conversations, the latest first, as JSON."""
    latest = _latest(sight).subquery("others")
    return func.coalesce(
        select(func.jsonb_agg(func.to_jsonb(latest.table_valued()))).scalar_subquery(), cast([], JSONB), type_=JSONB
    )


def _latest(sight: Sight) -> Select[*tuple[Any, ...]]:
    query = select(Channel.channel_id, Channel.topic, Channel.state)
    query = query.where(Channel.customer_id == CUSTOMER_ID, Channel.channel_id != CHANNEL_ID)
    return query.where(visible_with(sight)).order_by(Channel.last_at.desc()).limit(OTHERS)


def _drafts() -> ColumnElement[Any]:
    """What the reader has begun to write here, by mode."""
    mine = (Draft.channel_id == CHANNEL_ID, Draft.person_id == ME)
    kept = select(func.jsonb_object_agg(Draft.mode, Draft.content)).where(*mine).scalar_subquery()
    return func.coalesce(kept, cast({}, JSONB), type_=JSONB)
