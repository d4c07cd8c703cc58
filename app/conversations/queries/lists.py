"""Lists of conversations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Uuid,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    select,
)
from sqlalchemy.orm import aliased

from app.conversations.access import ME, Sight, sight_of, values_of, visible_with
from app.conversations.models import LATEST_STARS, Channel, Communication, Draft, Mention, Pair, Participant
from app.conversations.queries.transcript import FOR_CUSTOMERS
from app.conversations.targets import queries as targets
from app.core import paging
from app.core.access import Actor
from app.core.db import db
from app.engine.filters.queries import here_and_now
from app.engine.filters.sql import narrow
from app.engine.filters.tree import Filter
from app.engine.tags import queries as tags
from app.people.models import Person

LIST_SIZE = 30

COUNTED_UP_TO = 100

TABS = {
    "mine": "Mine",
    "waiting": "Unassigned",
    "all": "All",
    "mentions": "Mentions",
    "snoozed": "Snoozed",
    "closed": "Closed",
    "team": "Rooms",
}
COUNTED = ("mine", "waiting", "mentions", "snoozed")
OUTSIDE, AWAKE = Channel.kind != "internal", Channel.snoozed_at.is_(None)
IN_TAB = {
    "waiting": and_(OUTSIDE, AWAKE, Channel.state == "waiting"),
    "all": OUTSIDE,
    "snoozed": and_(OUTSIDE, Channel.snoozed_at.is_not(None)),
    "closed": and_(OUTSIDE, Channel.state == "closed"),
    "team": Channel.kind == "internal",
}
"""What is in a tab, whoever looks."""


@dataclass(frozen=True)
class ListItem:
    """One conversation in a list."""

    channel_id: UUID
    kind: str
    state: str
    topic: str
    priority: int
    waiting_since: datetime | None
    unanswered_since: datetime | None
    snoozed_at: datetime | None
    snoozed_until: datetime | None
    attention: float
    last_at: datetime
    closed_at: datetime | None
    rating: int | None
    customer_id: UUID | None
    name: str
    owner_name: str | None
    words: str
    is_unread: bool
    has_draft: bool
    labels: Sequence[Mapping[str, Any]]
    due_told: dict[str, Any] | None

    @property
    def due(self) -> targets.Due | None:
        """The answer or resolution that is due first."""
        return targets.due_of(self.due_told)


ORDERS = {
    "waiting": paging.Order(
        ((-Channel.priority).label("rank"), Channel.waiting_since, Channel.channel_id), "Longest waiting"
    ),
    "attention": paging.Order((Channel.attention, Channel.channel_id), "Longest unanswered", descending=True),
    "waking": paging.Order((Channel.snoozed_until, Channel.channel_id), "Back first", has_gaps=True),
}
PLACES: dict[str, Callable[[Any], Sequence[Any]]] = {
    "waiting": lambda row: (-row.priority, row.waiting_since, row.channel_id),
    "attention": lambda row: (row.attention, row.channel_id),
    "waking": lambda row: (row.snoozed_until, row.channel_id),
}
SORTED_BY = {"waiting": "waiting", "snoozed": "waking"}


def list_conversations(
    actor: Actor,
    tab: str,
    *,
    words: str = "",
    where: Filter | None = None,
    cursor: str = "",
    size: int = LIST_SIZE,
) -> paging.Page[ListItem]:
    """One tab of the inbox, only what this actor may see: who waits for an answer first, the longest of all on top."""
    query = select_items(actor, tab, words=words, where=where)
    sort = SORTED_BY.get(tab, "attention")
    page = paging.keyset(query, orders=ORDERS, sort=sort, cursor=cursor, size=size, key=PLACES[sort])
    rows = [ListItem(*row) for row in page.rows]
    return paging.Page(rows=rows, next=page.next, previous=page.previous, size=page.size, sort=page.sort)


def select_items(actor: Actor, tab: str, *, words: str = "", where: Filter | None = None) -> Select[Any]:
    """Everything that is in a tab of the inbox, with `words` in its topic, and passes a filter."""
    return _narrowed(_in(sight_of(actor), tab).params(values_of(actor)), words, where)


@cache
def _in(sight: Sight, tab: str) -> Select[Any]:
    return _items(is_guest=sight.is_guest).where(visible_with(sight), _in_tab(tab))


def _narrowed(query: Select[Any], words: str, where: Filter | None) -> Select[Any]:
    if words:
        query = query.where(Channel.topic.icontains(words, autoescape=True))
    return narrow(query, where, here_and_now()) if where else query


def count_items(actor: Actor, tab: str, *, words: str = "", where: Filter | None = None) -> paging.Count:
    """How many those are."""
    found = select(Channel.channel_id).where(visible_with(sight_of(actor)), _in_tab(tab))
    query = _narrowed(found.params(values_of(actor)), words, where)
    asked = where.json if where else ""
    return paging.estimate(query, known_as=f"conversations:{actor.id}:{tab}:{words}:{asked}")


def place_of(channel: Channel, tab: str) -> str:
    """The cursor behind a channel in a tab, "" where it has no place."""
    place = PLACES[SORTED_BY.get(tab, "attention")](channel)
    return "" if None in place and tab == "waiting" else paging.encode_cursor("a", place)


def list_own(actor: Actor, *, limit: int = 30) -> list[ListItem]:
    """A customer's own chats, the latest first."""
    found = db.session.execute(_own(sight_of(actor)), {**values_of(actor), "most": limit})
    return [ListItem(*row) for row in found]


@cache
def _own(sight: Sight) -> Select[Any]:
    own = _items(is_guest=sight.is_guest).where(visible_with(sight))
    return own.order_by(Channel.last_at.desc(), Channel.channel_id).limit(bindparam("most", type_=Integer()))


def count_tabs(actor: Actor) -> dict[str, int]:
    """How much there is in the tabs that ask for something to be done, up to a hundred of each; one statement."""
    numbers = db.session.execute(_counts(sight_of(actor)), values_of(actor)).one()
    return dict(zip(COUNTED, numbers, strict=True))


@cache
def _counts(sight: Sight) -> Select[Any]:
    parts = []
    for tab in COUNTED:
        some = select(literal(1)).where(visible_with(sight), _in_tab(tab)).limit(COUNTED_UP_TO).subquery()
        parts.append(select(func.count()).select_from(some).scalar_subquery())
    return select(*parts)


def _in_tab(tab: str) -> ColumnElement[bool]:
    if tab == "mine":
        return and_(OUTSIDE, AWAKE, Channel.state == "open", Channel.owner_id == ME)
    if tab == "mentions":
        mentioned = select(Mention.channel_id).where(Mention.person_id == ME)
        return and_(Channel.channel_id.in_(mentioned), Channel.state != "closed")
    return IN_TAB[tab]


@cache  # putting it together takes longer than PostgreSQL takes to answer it
def _items(*, is_guest: bool) -> Select[*tuple[Any, ...]]:
    """The columns of a `ListItem`, of every conversation there is."""
    owner, customer = aliased(Person), aliased(Person)
    unread = exists().where(
        Participant.channel_id == Channel.channel_id,
        Participant.person_id == ME,
        Participant.left_at.is_(None),
        Participant.last_read_seq < Channel.last_seq,
    )
    drafted = exists().where(Draft.channel_id == Channel.channel_id, Draft.person_id == ME)
    return (
        select(
            Channel.channel_id,
            Channel.kind,
            Channel.state,
            Channel.topic,
            Channel.priority,
            Channel.waiting_since,
            Channel.unanswered_since,
            Channel.snoozed_at,
            Channel.snoozed_until,
            Channel.attention,
            Channel.last_at,
            Channel.closed_at,
            LATEST_STARS.label("rating"),
            Channel.customer_id,
            case(
                (Channel.kind == "internal", func.coalesce(Channel.room_name, _colleagues())),
                else_=customer.name,
            ).label("name"),
            owner.name.label("owner_name"),
            func.left(func.coalesce(_last_words(is_guest=is_guest), ""), 160).label("words"),
            unread.label("is_unread"),
            drafted.label("has_draft"),
            tags.chips_on("conversation", Channel.channel_id).label("labels"),
            targets.due_column(),
        )
        .join(customer, customer.person_id == Channel.guest_id, isouter=True)
        .join(owner, owner.person_id == Channel.owner_id, isouter=True)
    )


def _last_words(*, is_guest: bool) -> ColumnElement[str]:
    """What was said last in a channel; a guest never gets notes of calls, which are for employees."""
    said = (
        select(Communication.content)
        .join(Pair, Pair.comm_id == Communication.comm_id)
        .where(Pair.channel_id == Channel.channel_id)
    )
    if is_guest:
        said = said.where(FOR_CUSTOMERS)
    return said.order_by(Pair.seq.desc()).limit(1).correlate(Channel).scalar_subquery()


def _colleagues() -> ColumnElement[str]:
    """The names of the others in an internal channel."""
    other, part = aliased(Person), aliased(Participant)
    return (
        select(func.coalesce(func.string_agg(other.name, ", "), "Nobody else"))
        .join(part, part.person_id == other.person_id)
        .where(part.channel_id == Channel.channel_id, part.person_id != ME, part.left_at.is_(None))
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
