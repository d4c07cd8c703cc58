"""From the request of a channel to its close: each step one guarded statement, so two at once cannot both win."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.conversations import doorbell
from app.conversations.actions import writing
from app.conversations.models import Channel, Chat, Pair, Participant
from app.conversations.queries import lookup
from app.conversations.targets import clocks
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, is_storable
from app.core.errors import Conflict, Invalid, NotAllowed
from app.engine.events import actions as events
from app.people import details
from app.people.models import Employee, Person

REOPEN_DAYS = 7
LONGEST_TOPIC = 200
LONGEST_ROOM_NAME = 80
AT_REST: dict[str, Any] = {
    "waiting_since": None,
    "unanswered_since": None,
    "snoozed_at": None,
    "snoozed_until": None,
}


class ChannelTaken(Conflict):
    """Somebody else accepted it first."""

    title = "Somebody else was quicker"


class ChannelClosed(Conflict):
    """It is closed and stays closed."""

    title = "This conversation is closed"


def request_channel(
    *, actor: Actor, topic: str, message: str, client_key: str | None = None, priority: int = 0
) -> Channel:
    """Ask for a chat as a customer or a visitor, with a first message.

    The same `client_key` again gives the same channel. Raises: NotAllowed for staff; Invalid without a message.
    """
    if not actor.is_guest or actor.id is None:
        raise NotAllowed("Only customers ask for a chat. Open one from the customer’s page instead.")
    _one_at_a_time(actor.id)
    again = _channel_of_first_message(actor.id, client_key)
    if again is not None:
        return again
    moment = now()
    channel = Channel(
        kind="chat",
        state="waiting",
        topic=topic_of(topic, message),
        customer_id=actor.id if actor.kind == "customer" else None,
        visitor_id=actor.id if actor.kind == "visitor" else None,
        priority=priority,
        requested_at=moment,
        waiting_since=moment,
        last_at=moment,
    )
    db.session.add(channel)
    db.session.flush()
    join(channel, [actor.id])
    writing.write(channel.channel_id, writing.clean(message), actor=actor, client_key=client_key)
    tell("channel.requested", channel, actor)
    ring(channel, queue=True)
    return channel


def begin_elsewhere(customer_id: UUID, *, kind: str, topic: str, actor: Actor, owner_id: UUID | None = None) -> Channel:
    """A conversation that a customer begins from elsewhere, such as by email; what they said is paired by the caller.

    It waits, unless it answers somebody who works here: then it is theirs.
    """
    moment = now()
    is_theirs = lookup.is_active_employee(owner_id)
    channel = Channel(
        kind=kind,
        state="open" if is_theirs else "waiting",
        topic=topic_of(topic, ""),
        customer_id=customer_id,
        owner_id=owner_id if is_theirs else None,
        requested_at=moment,
        waiting_since=None if is_theirs else moment,
        accepted_at=moment if is_theirs else None,
        last_at=moment,
    )
    db.session.add(channel)
    db.session.flush()
    join(channel, [customer_id, channel.owner_id])
    tell("channel.requested", channel, actor)
    ring(channel, queue=channel.is_waiting)
    return channel


def open_channel(
    people: Sequence[Person],
    *,
    actor: Actor,
    topic: str = "",
    message: str = "",
    client_key: str | None = None,
    room_name: str = "",
) -> Channel:
    """Open a conversation as an employee: with a customer (and colleagues), or with colleagues only.

    With a `room_name` the colleagues meet in a room of that name.
    Raises: NotAllowed for customers; Invalid with nobody to talk to, with two customers, or with
    somebody who was deactivated.
    """
    if not actor.is_staff or actor.id is None:
        raise NotAllowed("Only employees open a conversation. Ask for a chat instead.")
    others = {person.person_id: person for person in people if person.person_id != actor.id}
    customers = [person for person in others.values() if person.kind == "customer"]
    if not others or len(customers) > 1:
        raise Invalid(errors={"people": ["Choose one customer, or one or more colleagues."]})
    if any(not person.is_active for person in others.values()):
        raise Invalid(errors={"people": ["One of them does not use Rapport any more."]})
    if customers and room_name:
        raise Invalid(errors={"room_name": ["Rooms are for colleagues."]})
    _one_at_a_time(actor.id)
    again = _channel_of_first_message(actor.id, client_key)
    if again is not None:
        return again
    channel = _opened_by(actor.id, customers[0].person_id if customers else None, topic, message)
    channel.room_name = _room_name(room_name)
    join(channel, [actor.id, *others])
    if message.strip():
        writing.write(channel.channel_id, writing.clean(message), actor=actor, client_key=client_key)
    tell("channel.accepted", channel, actor)
    ring(channel)
    return channel


def _room_name(typed: str) -> str | None:
    """Raises: Invalid."""
    name = " ".join(typed.split())
    if len(name) > LONGEST_ROOM_NAME or not is_storable(name):
        raise Invalid(errors={"room_name": [f"Enter a name of at most {LONGEST_ROOM_NAME} characters."]})
    return name or None


def _opened_by(owner_id: UUID, customer_id: UUID | None, topic: str, message: str) -> Channel:
    moment = now()
    channel = Channel(
        kind="chat" if customer_id else "internal",
        state="open",
        topic=topic_of(topic, message),
        customer_id=customer_id,
        owner_id=owner_id,
        requested_at=moment,
        accepted_at=moment,
        last_at=moment,
    )
    db.session.add(channel)
    db.session.flush()
    return channel


def accept_channel(channel: Channel, *, actor: Actor) -> None:
    """Take a waiting channel. Raises: ChannelTaken saying who has it; Conflict when it is closed."""
    _require_staff(actor)
    moment = now()
    if not move(
        channel,
        "waiting",
        state="open",
        owner_id=actor.id,
        waiting_since=None,
        accepted_at=func.coalesce(Channel.accepted_at, moment),
    ):
        raise _refused(channel, actor)
    join(channel, [actor.id])
    tell("channel.accepted", channel, actor)
    ring(channel, queue=True)


def _refused(channel: Channel, actor: Actor) -> Conflict:
    if channel.is_closed:
        return ChannelClosed("It was closed before you could accept it.")
    if channel.owner_id == actor.id:
        return ChannelTaken("You have this conversation already.")
    owner = lookup.name_of(channel.owner_id)
    return ChannelTaken(f"{owner} has this conversation now.", owner=owner)


def hand_over(channel: Channel, to: Employee, *, actor: Actor) -> None:
    """Give an open channel to a colleague. Raises: Conflict when it is not open or has another owner meanwhile."""
    _require_staff(actor)
    if not to.is_active:
        raise Invalid(errors={"employee_id": ["Choose somebody who works here."]})
    before = channel.owner_id
    if before == to.person_id:
        raise Conflict(f"{to.name} has this conversation already.")
    if not move(channel, "open", Channel.owner_id == before, owner_id=to.person_id):
        raise Conflict("Somebody changed this conversation meanwhile. Look at it again.")
    join(channel, [to.person_id])
    if before is not None:
        _leave(channel, before)
    tell("channel.accepted", channel, actor)
    ring(channel, also=[before] if before else [])


def assign(channel: Channel, to: Employee, *, actor: Actor) -> None:
    """Let a colleague answer a channel, whether somebody did before or not. Raises: as `hand_over`."""
    if not channel.is_waiting:
        hand_over(channel, to, actor=actor)
        return
    _require_staff(actor)
    opened = {"waiting_since": None, "accepted_at": func.coalesce(Channel.accepted_at, now())}
    if not to.is_active or not move(channel, "waiting", state="open", owner_id=to.person_id, **opened):
        raise Conflict("Somebody changed this conversation meanwhile. Look at it again.")
    join(channel, [to.person_id])
    tell("channel.accepted", channel, actor)
    ring(channel, queue=True)


def add_participant(channel: Channel, person: Person, *, actor: Actor) -> None:
    """Bring a colleague into a channel. Raises: Conflict when it is closed; Invalid for a second customer."""
    _require_staff(actor)
    if person.kind != "employee" or not person.is_active:
        raise Invalid(errors={"employee_id": ["Choose somebody who works here."]})
    if not move(channel, "open", "waiting"):
        raise ChannelClosed("Reopen the conversation first.")
    join(channel, [person.person_id])
    ring(channel)


def leave_channel(channel: Channel, *, actor: Actor) -> None:
    """Stop taking part. Raises: Conflict for the owner of a customer's chat, who hands it over or closes it."""
    if actor.id == channel.guest_id or (actor.id == channel.owner_id and not channel.is_internal):
        raise Conflict("Hand the conversation over or close it instead.")
    if not move(channel, "open", "waiting", "closed", Channel.owner_id.is_not_distinct_from(channel.owner_id)):
        raise Conflict("Somebody changed this conversation meanwhile. Look at it again.")
    if actor.id is not None:
        _leave(channel, actor.id)
        ring(channel, also=[actor.id])


def close_channel(channel: Channel, *, actor: Actor) -> None:
    """End a channel; its customer is then asked for a rating. Raises: ChannelClosed when it is closed already."""
    was_waiting = channel.is_waiting
    moment = now()
    if not move(channel, "waiting", "open", state="closed", closed_at=moment, closed_by=actor.id, **AT_REST):
        raise ChannelClosed("It is closed already.")
    clocks.close(channel, moment)
    tell("channel.closed", channel, actor)
    ring(channel, queue=was_waiting)


def reopen_channel(channel: Channel, *, actor: Actor) -> None:
    """Go on with a closed channel: with its owner, or in the queue when they no longer work here.

    Raises: ChannelClosed when it ended more than 7 days ago; Conflict when it is not closed.
    """
    moment = now()
    there = lookup.is_active_employee(channel.owner_id)
    if not move(
        channel,
        "closed",
        Channel.closed_at > moment - timedelta(days=REOPEN_DAYS),
        state="open" if there else "waiting",
        owner_id=channel.owner_id if there else None,
        waiting_since=None if there else moment,
        closed_at=None,
        closed_by=None,
        reopened_at=moment,
    ):
        if channel.is_closed:
            raise ChannelClosed(f"It was closed more than {REOPEN_DAYS} days ago. Start a new conversation instead.")
        raise Conflict("It is open already.")
    tell("channel.reopened", channel, actor)
    ring(channel, queue=not there)


def may_reopen(channel: Channel, moment: datetime) -> bool:
    """True while a closed channel can still go on."""
    return channel.closed_at is not None and channel.closed_at > moment - timedelta(days=REOPEN_DAYS)


def join(channel: Channel, people: Sequence[UUID | None]) -> None:
    """Let people take part, again or for the first time."""
    rows = [
        {"channel_id": channel.channel_id, "person_id": person_id, "joined_at": now(), "last_read_seq": 0}
        for person_id in people
        if person_id is not None
    ]
    again = {"left_at": None, "joined_at": now()}
    statement = insert(Participant).values(rows)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["channel_id", "person_id"], set_=again, where=Participant.left_at.is_not(None)
        )
    )


def _leave(channel: Channel, person_id: UUID) -> None:
    db.session.execute(
        update(Participant)
        .where(Participant.channel_id == channel.channel_id, Participant.person_id == person_id)
        .values(left_at=now())
    )


def move(channel: Channel, *conditions: str | ColumnElement[bool], **values: Any) -> bool:
    """Change the channel where it is in one of these states and the conditions hold; False when it is not.

    Either way `channel` then shows what the database has.
    """
    states = [condition for condition in conditions if isinstance(condition, str)]
    more = [condition for condition in conditions if not isinstance(condition, str)]
    statement = (
        update(Channel)
        .where(Channel.channel_id == channel.channel_id, Channel.state.in_(states), *more)
        .values(version=Channel.version + 1, **values)
        .returning(Channel)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    if db.session.scalars(statement).one_or_none() is not None:
        return True
    db.session.refresh(channel)
    return False


def _require_staff(actor: Actor) -> None:
    if not actor.is_staff:
        raise NotAllowed("Only employees may do this.")


def topic_of(topic: str, message: str) -> str:
    """The words given, or the beginning of the first message."""
    try:
        words = " ".join(details.plain_text(topic, LONGEST_TOPIC).split())
    except Invalid as refusal:
        raise Invalid(errors={"topic": [str(refusal)]}) from None
    if words:
        return words
    first = " ".join(message.split())
    return first if len(first) <= 60 else first[:59].rsplit(" ", 1)[0] + "…"


def _one_at_a_time(person_id: UUID) -> None:
    """Hold this person's other requests until the end, so that a double click sees the first one's channel."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:who, 4))"), {"who": str(person_id)})


def _channel_of_first_message(sender_id: UUID, client_key: str | None) -> Channel | None:
    if not client_key:
        return None
    return db.session.scalar(
        select(Channel)
        .join(Pair, Pair.channel_id == Channel.channel_id)
        .join(Chat, Chat.comm_id == Pair.comm_id)
        .where(Chat.sender_id == sender_id, Chat.client_key == client_key, Pair.seq == 1)
    )


def tell(kind: str, channel: Channel, actor: Actor) -> None:
    """Say what happened to a channel."""
    events.emit(
        kind,
        actor=actor,
        subject_id=channel.subject_id,
        channel_id=str(channel.channel_id),
        customer_id=str(channel.customer_id) if channel.customer_id else None,
        owner_id=str(channel.owner_id) if channel.owner_id else None,
    )


def ring(channel: Channel, *, queue: bool = False, also: Sequence[UUID] = ()) -> None:
    """Ring for whoever takes part in a channel."""
    doorbell.ring(channel.channel_id, [*lookup.participant_ids(channel.channel_id), *also], queue=queue)
