"""Reading conversations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Row,
    Select,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.orm import aliased

from app.conversations.access import takes_part, visible_to
from app.conversations.models import Channel, Chat, Communication, Email, Pair, Participant, PhoneCall
from app.core import paging
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, one_of
from app.core.errors import NotFound
from app.core.redis import cached
from app.engine.filters.queries import here_and_now
from app.engine.filters.sql import narrow
from app.engine.filters.tree import Filter
from app.people.models import Customer, Employee, Person

THREAD_SIZE = 100
LIST_SIZE = 30
TABS = {"waiting": "Waiting", "mine": "Mine", "all": "All", "closed": "Closed", "team": "Team"}
FORGET_CHANNELS = text(
    "DELETE FROM audit_personal p USING comm_channels c"
    " WHERE c.customer_id = :customer_id AND p.row_id = CAST(c.channel_id AS text)"
)


def name_of(person_id: UUID | None) -> str:
    """One person's name; "Somebody" for nobody."""
    if person_id is None:
        return "Somebody"
    return db.session.scalar(select(Person.name).where(Person.person_id == person_id)) or "Somebody"


def is_active_employee(person_id: UUID | None) -> bool:
    """True when somebody works here and may be given work."""
    found = select(Employee.person_id).where(
        Employee.person_id == person_id, Employee.deactivated_at.is_(None), Employee.erased_at.is_(None)
    )
    return person_id is not None and db.session.scalar(found) is not None


def get_channel(actor: Actor, channel_id: UUID) -> Channel:
    """The door to one channel. Raises: NotFound when not there or not visible to this actor."""
    channel = find_channel(actor, channel_id)
    if channel is None:
        raise NotFound
    return channel


def find_channel(actor: Actor, channel_id: UUID) -> Channel | None:
    """One channel, or None when not there or not visible to this actor."""
    return db.session.scalar(
        select(Channel)
        .where(Channel.channel_id == channel_id, visible_to(actor))
        .execution_options(populate_existing=True)
    )


def find_taken_channel(channel_id: UUID) -> Channel | None:
    """A customer's chat that somebody took a moment ago, whoever asks: only to say who was quicker."""
    return db.session.scalar(
        select(Channel).where(
            Channel.channel_id == channel_id,
            Channel.kind == "chat",
            Channel.state == "open",
            Channel.accepted_at > now() - timedelta(minutes=10),
        )
    )


def list_people(person_ids: Sequence[UUID]) -> Sequence[Person]:
    """Some people by their ids."""
    return db.session.scalars(select(Person).where(one_of(Person.person_id, person_ids))).all()


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


@dataclass(frozen=True)
class Message:
    """One communication in a channel, as a page shows it."""

    channel_id: UUID
    seq: int
    comm_id: UUID
    kind: str
    sender_id: UUID | None
    sender_name: str
    content: str
    at: datetime
    subject: str = ""
    duration_seconds: int = 0
    outcome: str = ""


def _messages() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Pair.channel_id,
            Pair.seq,
            Communication.comm_id,
            Communication.kind,
            Communication.sender_id,
            func.coalesce(Person.name, "Somebody"),
            Communication.content,
            Communication.at,
            func.coalesce(Email.subject, ""),
            func.coalesce(PhoneCall.duration_seconds, 0),
            func.coalesce(PhoneCall.outcome, ""),
        )
        .join(Communication, Communication.comm_id == Pair.comm_id)
        .join(Person, Person.person_id == Communication.sender_id, isouter=True)
        .join(Email, Email.comm_id == Pair.comm_id, isouter=True)
        .join(PhoneCall, PhoneCall.comm_id == Pair.comm_id, isouter=True)
    )


def list_messages(
    channel_id: UUID, *, after: int = 0, before: int | None = None, chats_only: bool, size: int | None = THREAD_SIZE
) -> list[Message]:
    """A channel's messages in their order: those after a number, else the latest (before a number)."""
    query = _messages().where(Pair.channel_id == channel_id, Pair.seq > after)
    if chats_only:
        query = query.where(Communication.kind == "chat")
    if before is not None:
        query = query.where(Pair.seq < before)
    newest_first = not after
    query = query.order_by(Pair.seq.desc() if newest_first else Pair.seq).limit(size)
    found = [Message(*row) for row in db.session.execute(query)]
    return found[::-1] if newest_first else found


def list_news(marks: Mapping[UUID, int]) -> list[Message]:
    """What several channels say after a number each, in order and in one statement."""
    ids = cast(list(marks), ARRAY(Uuid))
    numbers = cast([marks[key] for key in marks], ARRAY(BigInteger))
    after = func.unnest(ids, numbers).table_valued("channel_id", "seq").render_derived()
    query = _messages().join(after, and_(after.c.channel_id == Pair.channel_id, Pair.seq > after.c.seq))
    return [Message(*row) for row in db.session.execute(query.order_by(Pair.channel_id, Pair.seq))]


@dataclass(frozen=True)
class Standing:
    """Where a channel stands: enough to tell what open pages have not seen."""

    channel_id: UUID
    version: int
    state: str
    last_seq: int
    reads: dict[str, int]


def list_standings(channel_ids: Sequence[UUID]) -> list[Standing]:
    """Where some channels stand, in one statement. `reads`: how far each participant has read."""
    rows = db.session.execute(
        select(
            Channel.channel_id,
            Channel.version,
            Channel.state,
            Channel.last_seq,
            func.jsonb_object_agg(Participant.person_id, Participant.last_read_seq),
        )
        .join(Participant, Participant.channel_id == Channel.channel_id)
        .where(one_of(Channel.channel_id, channel_ids))
        .group_by(Channel.channel_id)
    )
    return [Standing(*row) for row in rows]


def queue_places() -> dict[UUID, int]:
    """Everybody's place in the waiting queue: by priority, then by how long they wait."""
    place = func.row_number().over(order_by=(Channel.priority.desc(), Channel.waiting_since, Channel.channel_id))
    rows = db.session.execute(select(Channel.channel_id, place).where(Channel.state == "waiting"))
    return {channel_id: number for channel_id, number in rows}


def place_in_queue(channel: Channel) -> int:
    """A waiting channel's place, from 1."""
    mine = (-channel.priority, channel.waiting_since, channel.channel_id)
    key = func.row(-Channel.priority, Channel.waiting_since, Channel.channel_id)
    ahead = select(func.count()).where(Channel.state == "waiting", key < func.row(*map(literal, mine)))
    return 1 + (db.session.scalar(ahead) or 0)


EXPECTED_WAIT = text(
    "SELECT CAST(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM accepted_at - requested_at)) AS float)"
    " FROM (SELECT accepted_at, requested_at FROM comm_channels"
    "       WHERE kind = 'chat' AND accepted_at > requested_at ORDER BY requested_at DESC LIMIT 50) AS recent"
)


def expected_wait_seconds() -> int | None:
    """How long the last fifty chats waited, by median; None before the first."""
    known = cached("conversations:expected-wait", 60, lambda: db.session.scalar(EXPECTED_WAIT))
    return None if known is None else int(known)


@dataclass(frozen=True)
class ListItem:
    """One conversation in a list."""

    channel_id: UUID
    kind: str
    state: str
    topic: str
    priority: int
    waiting_since: datetime | None
    last_at: datetime
    closed_at: datetime | None
    rating: int | None
    customer_id: UUID | None
    name: str
    owner_name: str | None
    words: str
    is_unread: bool


ORDERS = {
    "waiting": paging.Order(
        ((-Channel.priority).label("rank"), Channel.waiting_since, Channel.channel_id), "Longest waiting"
    ),
    "latest": paging.Order((Channel.last_at, Channel.channel_id), "Latest", descending=True),
}


def list_conversations(
    actor: Actor,
    tab: str,
    *,
    words: str = "",
    where: Filter | None = None,
    cursor: str = "",
    size: int = LIST_SIZE,
) -> paging.Page[ListItem]:
    """One tab of the inbox, only what this actor may see."""
    query = _items(actor).where(visible_to(actor), _in_tab(actor, tab))
    if words:
        query = query.where(Channel.topic.icontains(words, autoescape=True))
    if where:
        query = narrow(query, where, here_and_now())
    sort = "waiting" if tab == "waiting" else "latest"
    key = _waiting_key if tab == "waiting" else _latest_key
    page = paging.keyset(query, orders=ORDERS, sort=sort, cursor=cursor, size=size, key=key)
    rows = [ListItem(*row) for row in page.rows]
    return paging.Page(rows=rows, next=page.next, previous=page.previous, size=page.size, sort=page.sort)


def list_own(actor: Actor, *, limit: int = 30) -> list[ListItem]:
    """A customer's own chats, the latest first."""
    query = _items(actor).where(visible_to(actor)).order_by(Channel.last_at.desc(), Channel.channel_id).limit(limit)
    return [ListItem(*row) for row in db.session.execute(query)]


def _waiting_key(row: Row[Any]) -> Sequence[Any]:
    return (-row.priority, row.waiting_since, row.channel_id)


def _latest_key(row: Row[Any]) -> Sequence[Any]:
    return (row.last_at, row.channel_id)


def _in_tab(actor: Actor, tab: str) -> ColumnElement[bool]:
    outside = Channel.kind != "internal"
    if tab == "waiting":
        return and_(outside, Channel.state == "waiting")
    if tab == "mine":
        return and_(outside, Channel.state == "open", or_(Channel.owner_id == actor.id, takes_part(actor)))
    if tab == "closed":
        return and_(outside, Channel.state == "closed")
    return outside if tab == "all" else Channel.kind == "internal"


def _items(actor: Actor) -> Select[*tuple[Any, ...]]:
    owner, customer = aliased(Person), aliased(Person)
    unread = exists().where(
        Participant.channel_id == Channel.channel_id,
        Participant.person_id == actor.id,
        Participant.left_at.is_(None),
        Participant.last_read_seq < Channel.last_seq,
    )
    return (
        select(
            Channel.channel_id,
            Channel.kind,
            Channel.state,
            Channel.topic,
            Channel.priority,
            Channel.waiting_since,
            Channel.last_at,
            Channel.closed_at,
            Channel.rating,
            Channel.customer_id,
            case((Channel.kind == "internal", _colleagues(actor)), else_=customer.name).label("name"),
            owner.name.label("owner_name"),
            func.left(func.coalesce(_last_words(actor), ""), 160).label("words"),
            unread.label("is_unread"),
        )
        .join(customer, customer.person_id == Channel.customer_id, isouter=True)
        .join(owner, owner.person_id == Channel.owner_id, isouter=True)
    )


def _last_words(actor: Actor) -> ColumnElement[str]:
    """What was said last in a channel; a customer never gets notes of calls, which are for employees."""
    said = Chat if actor.kind == "customer" else Communication
    return (
        select(said.content)
        .join(Pair, Pair.comm_id == said.comm_id)
        .where(Pair.channel_id == Channel.channel_id)
        .order_by(Pair.seq.desc())
        .limit(1)
        .correlate(Channel)
        .scalar_subquery()
    )


def _colleagues(actor: Actor) -> ColumnElement[str]:
    """The names of the others in an internal channel."""
    other, part = aliased(Person), aliased(Participant)
    return (
        select(func.coalesce(func.string_agg(other.name, ", "), "Nobody else"))
        .join(part, part.person_id == other.person_id)
        .where(part.channel_id == Channel.channel_id, part.person_id != actor.id, part.left_at.is_(None))
        .correlate(Channel)
        .scalar_subquery()
    )


WAITING = (
    select(func.count()).select_from(Channel).where(Channel.state == "waiting").scalar_subquery()
    + select(func.count())
    .select_from(Participant)
    .join(Channel, Channel.channel_id == Participant.channel_id)
    .where(
        Participant.person_id == bindparam("person_id", type_=Uuid()),
        Participant.left_at.is_(None),
        Participant.last_read_seq < Channel.last_seq,
        Channel.state == "open",
    )
    .scalar_subquery()
)


def count_for(actor: Actor) -> int:
    """What waits for an employee: chats nobody answers, and own conversations with something unread."""
    return db.session.scalar(select(WAITING), {"person_id": actor.id}) or 0


def list_colleagues(actor: Actor) -> list[tuple[UUID, str]]:
    """Who a conversation can be handed to or opened with: everybody else who works here."""
    rows = db.session.execute(
        select(Employee.person_id, Employee.name.label("name"))
        .where(Employee.deactivated_at.is_(None), Employee.erased_at.is_(None), Employee.person_id != actor.id)
        .order_by("name", Employee.person_id)
    )
    return [(person_id, name) for person_id, name in rows]


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
    others = _items(actor).where(
        Channel.customer_id == customer_id, visible_to(actor), Channel.channel_id.is_distinct_from(except_channel)
    )
    latest = [ListItem(*item) for item in db.session.execute(others.order_by(Channel.last_at.desc()).limit(3))]
    average = None if counts[2] is None else float(counts[2])
    return KeyFacts(row[0], row[1] if row[0].owner_id else None, counts[0], counts[1], average, latest)


def find_open_with(actor: Actor, customer_id: UUID) -> Channel | None:
    """The latest conversation that goes on with a customer, if this actor may see it."""
    return db.session.scalar(
        select(Channel)
        .where(Channel.customer_id == customer_id, Channel.state != "closed", visible_to(actor))
        .order_by(Channel.last_at.desc())
        .limit(1)
    )


def list_managers() -> Sequence[UUID]:
    """Who hears of a low rating."""
    return db.session.scalars(
        select(Employee.person_id).where(
            Employee.role == "manager", Employee.deactivated_at.is_(None), Employee.erased_at.is_(None)
        )
    ).all()
