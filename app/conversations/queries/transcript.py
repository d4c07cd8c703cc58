"""What is said in channels, in its order, and how far they stand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Select,
    Text,
    Uuid,
    and_,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import array

from app.conversations.models import Channel, Communication, Email, Pair, Participant, PhoneCall, PrivateNote
from app.conversations.queries.attachments import files_of
from app.core.db import db, one_of
from app.core.display import clock_time, day
from app.core.errors import NotFound
from app.people.models import Person

THREAD_SIZE = 100
LONGEST_TEXT = 10_000
TO_CUSTOMERS = ("chat", "email")
"""What a customer's own page shows; calls and private notes are for employees."""
FOR_CUSTOMERS = and_(
    one_of(Communication.kind, TO_CUSTOMERS),
    (Communication.kind != "email") | Communication.sender_id.is_not(None),
)
"""The same without mails that a program wrote: they tell of what the page itself shows."""


@dataclass(frozen=True)
class Message:
    """One communication in a channel, as a page shows it. `is_ours`: an employee's word to a customer."""

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
    handles: Sequence[str] = ()
    files: Sequence[Mapping[str, Any]] = ()
    is_ours: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_for_customer(self) -> bool:
        """A customer's own page shows it; see `FOR_CUSTOMERS`."""
        return self.kind in TO_CUSTOMERS and (self.kind != "email" or self.sender_id is not None)

    def for_customer(self) -> "Message":
        """Without what is for employees alone."""
        return replace(self, is_ours=False, more={})


More = Callable[[Sequence[UUID]], Mapping[UUID, Mapping[str, Any]]]
_more: dict[str, More] = {}


def know_more(kind: str, more: More) -> None:
    """Let `more(comm_ids)` say what else is known of communications of a kind: one statement for all of a page."""
    _more[kind] = more


def _read(query: Select[*tuple[Any, ...]]) -> list[Message]:
    found = [Message(*row) for row in db.session.execute(query)]
    for kind, more in _more.items():
        ids = [message.comm_id for message in found if message.kind == kind]
        known = more(ids) if ids else {}
        found = [replace(one, more=known[one.comm_id]) if one.comm_id in known else one for one in found]
    return found


@cache
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
            func.coalesce(PrivateNote.handles, array([], type_=Text)),
            files_of(Pair.comm_id),
            func.coalesce(Person.kind == "employee", False) & (Channel.kind != "internal"),
        )
        .join(Channel, Channel.channel_id == Pair.channel_id)
        .join(Communication, Communication.comm_id == Pair.comm_id)
        .join(Person, Person.person_id == Communication.sender_id, isouter=True)
        .join(Email, Email.comm_id == Pair.comm_id, isouter=True)
        .join(PhoneCall, PhoneCall.comm_id == Pair.comm_id, isouter=True)
        .join(PrivateNote, PrivateNote.comm_id == Pair.comm_id, isouter=True)
    )


def list_messages(
    channel_id: UUID, *, after: int = 0, before: int | None = None, chats_only: bool, size: int | None = THREAD_SIZE
) -> list[Message]:
    """A channel's messages in their order: those after a number, else the latest (before a number)."""
    query = _messages().where(Pair.channel_id == channel_id, Pair.seq > after)
    if chats_only:
        query = query.where(FOR_CUSTOMERS)
    if before is not None:
        query = query.where(Pair.seq < before)
    newest_first = not after
    query = query.order_by(Pair.seq.desc() if newest_first else Pair.seq).limit(size)
    found = [one.for_customer() if chats_only else one for one in _read(query)]
    return found[::-1] if newest_first else found


def get_message(channel_id: UUID, comm_id: UUID, *, chats_only: bool) -> Message:
    """One thing said in a channel. Raises: NotFound."""
    query = _messages().where(Pair.channel_id == channel_id, Pair.comm_id == comm_id)
    if chats_only:
        query = query.where(FOR_CUSTOMERS)
    found = [one.for_customer() if chats_only else one for one in _read(query)]
    if not found:
        raise NotFound
    return found[0]


def text_of(channel: Channel) -> str:
    """What was said in a channel as a text: a line for each thing that its customer may read, too."""
    said = list_messages(channel.channel_id, chats_only=True, size=LONGEST_TEXT)
    return "".join(f"{line_of(message)}\n" for message in said)


def line_of(message: Message) -> str:
    """A message as a line: who, when, what."""
    return f"{message.sender_name}, {day(message.at)}, {clock_time(message.at)}: {message.content or 'Removed'}"


def list_news(marks: Mapping[UUID, int]) -> list[Message]:
    """What several channels say after a number each, in order and in one statement."""
    ids = cast(list(marks), ARRAY(Uuid))
    numbers = cast([marks[key] for key in marks], ARRAY(BigInteger))
    after = func.unnest(ids, numbers).table_valued("channel_id", "seq").render_derived()
    query = _messages().join(after, and_(after.c.channel_id == Pair.channel_id, Pair.seq > after.c.seq))
    return _read(query.order_by(Pair.channel_id, Pair.seq))


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
