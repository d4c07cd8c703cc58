"""Giving what is said its place in a channel: one statement, all of it or nothing.

The channel's row is held until the commit, so that what is said in it is numbered one after another, without gaps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal_column, select, true
from sqlalchemy.orm.util import identity_key

from app.conversations.access import Sight, sight_of, values_of, visible_with
from app.conversations.models import Channel, Chat, Email, PhoneCall, PrivateNote
from app.conversations.targets import clocks
from app.core.access import Actor
from app.core.db import DIALECT, SIGNED, Ready, db, signature
from app.engine.events import actions as events

Said = Chat | PhoneCall | Email | PrivateNote

DRAFTED_AS: dict[type[Said], str] = {Chat: "reply", Email: "reply", PrivateNote: "note"}
NAMED_BY_SENDER = (Chat, PrivateNote)
"""Those with a `client_key`, under which the same is said once."""

STATEMENT = """
WITH signed AS MATERIALIZED ({signed}), held AS ({held}), said AS (
    INSERT INTO {table} ({columns}) SELECT {values} FROM held {once} RETURNING comm_id, at
), moved AS (
    UPDATE comm_channels c SET last_seq = c.last_seq + 1, last_at = said.at {turn} FROM said
    WHERE c.channel_id = :channel_id
    RETURNING c.channel_id, c.customer_id, coalesce(c.customer_id, c.visitor_id) AS guest_id, c.owner_id, c.priority,
        c.kind = 'internal' AS is_internal, c.last_seq, c.first_response_at, said.comm_id, said.at,
        old.unanswered_since AS waited_since, old.ctid AS was_at
), paired AS (
    INSERT INTO comm_channel_pairs (channel_id, comm_id, seq) SELECT channel_id, comm_id, last_seq FROM moved
), marked AS ({marked}
), undrafted AS (
    DELETE FROM conversation_drafts d USING moved
    WHERE d.person_id = :reader_id AND d.channel_id = moved.channel_id AND d.mode = :drafted_as
){told}
SELECT {shown}, {running} AS running, ARRAY(
        SELECT person_id FROM comm_channel_participants p WHERE p.channel_id = moved.channel_id AND p.left_at IS NULL
    ) AS member_ids FROM signed LEFT JOIN moved ON true
"""
"""Signed whatever comes of it, for who writes otherwise then has signed already."""
RUNNING = """(
        SELECT coalesce(jsonb_agg(r) FILTER (WHERE r.clock_id IS NOT NULL), '[]')
        FROM comm_channels c LEFT JOIN response_clocks r ON r.channel_id = c.channel_id AND r.stopped_at IS NULL
        WHERE c.channel_id = moved.channel_id AND c.ctid = moved.was_at GROUP BY c.channel_id
    )"""
"""The clocks that run; NULL where somebody moved the channel while this waited for it: theirs are not seen yet."""
TURNS = {
    "": "",
    "theirs": ", unanswered_since = coalesce(c.unanswered_since, said.at), snoozed_at = NULL, snoozed_until = NULL",
    "ours": """, unanswered_since = NULL,
        first_response_at = CASE WHEN c.kind <> 'internal' THEN coalesce(c.first_response_at, said.at) END""",
}
SHOWN = "channel_id customer_id owner_id priority is_internal last_seq first_response_at waited_since".split()
MOVED = ["last_seq", "last_at", "attention", "unanswered_since", "first_response_at", "snoozed_at", "snoozed_until"]
SUBJECT = "coalesce(customer_id, channel_id)"
OTHER_END = "CASE WHEN held.guest_id = :said_sender_id THEN held.owner_id ELSE held.guest_id END"
JOINS = """
    INSERT INTO comm_channel_participants AS p (channel_id, person_id, joined_at, last_read_seq)
    SELECT channel_id, :reader_id, at, last_seq FROM moved WHERE CAST(:reader_id AS uuid) IS NOT NULL
    ON CONFLICT (channel_id, person_id) DO UPDATE SET last_read_seq = excluded.last_read_seq, left_at = NULL,
        joined_at = CASE WHEN p.left_at IS NULL THEN p.joined_at ELSE excluded.joined_at END"""
READS = """
    UPDATE comm_channel_participants p SET last_read_seq = moved.last_seq FROM moved
    WHERE p.channel_id = moved.channel_id AND (p.person_id = :reader_id
        OR p.person_id = moved.guest_id AND p.last_read_seq = moved.last_seq - 1)"""


@dataclass(frozen=True)
class Door:
    """What lets somebody say something: that they see the channel, and that it is in one of these states."""

    actor: Actor
    states: tuple[str, ...]


@dataclass(frozen=True)
class Manner:
    """How something is said.

    `turn`: "theirs" for a customer's words, which wait for an answer and end a snooze, "ours" for an answer, "" for
    what is neither. Whoever says it has read up to it, and takes part from now on (`joins`), or says what the customer
    does not see: then there is nothing for them to read.
    """

    turn: str = ""
    joins: bool = False


@dataclass(frozen=True)
class Place:
    """Where a communication stands: its number in the channel, and who takes part there."""

    comm_id: UUID
    seq: int
    member_ids: Sequence[UUID]
    is_internal: bool


def place(
    channel_id: UUID,
    kind: type[Said],
    said: Mapping[str, Any],
    manner: Manner,
    *,
    reader_id: UUID | None,
    door: Door | None = None,
    event: Mapping[str, Any] | None = None,
) -> Place | None:
    """Store a communication under the channel's next number, which the channel then shows; clocks follow the turn.

    `said`: its row, by column; `event`: what is recorded of it. None where the `door` is shut, or where its sender said
    it before under its `client_key`.
    """
    values = {
        **(values_of(door.actor) if door else {}),
        **signature(db.session()),
        **(event or {}),
        "channel_id": channel_id,
        "reader_id": reader_id,
        "drafted_as": DRAFTED_AS.get(kind),
        **{f"said_{name}": value for name, value in said.items()},
    }
    sight, states = (sight_of(door.actor), door.states) if door else (None, ())
    row = _statement(kind, manner, sight, states, event is not None).run(values).one()
    if row.last_seq is None:
        return None
    known = db.session.identity_map.get(identity_key(Channel, channel_id))
    if known is not None:  # by whoever has it in hand
        db.session.expire(known, MOVED)
    is_theirs = manner.turn == "theirs"
    if manner.turn and is_theirs is (row.waited_since is None):  # several messages in a row cost nothing
        clocks.turn(row, said["at"], row.running, answered_by=None if is_theirs else said["sender_id"])
    joined = [reader_id] if manner.joins and reader_id and reader_id not in row.member_ids else []
    return Place(said["comm_id"], row.last_seq, [*row.member_ids, *joined], row.is_internal)


def placed(found: Place | None) -> Place:
    """The place of what nothing keeps out: neither a state that was asked for, nor a key that may be taken."""
    assert found is not None
    return found


@cache
def _statement(kind: type[Said], manner: Manner, sight: Sight | None, states: tuple[str, ...], is_told: bool) -> Ready:
    types = {one.name: one.type.compile(DIALECT) for one in kind.__table__.columns}
    values = {name: f"CAST(:said_{name} AS {sort})" for name, sort in types.items()}
    if kind is Chat:
        values["receiver_id"] = OTHER_END
    return Ready(
        STATEMENT.format(
            table=kind.__tablename__,
            columns=", ".join(values),
            values=", ".join(values.values()),
            once="ON CONFLICT (sender_id, client_key) DO NOTHING" if kind in NAMED_BY_SENDER else "",
            turn=TURNS[manner.turn],
            marked=JOINS if manner.joins else READS,
            running=RUNNING if manner.turn else "NULL",
            signed=SIGNED,
            held=_held(sight, states),
            shown=", ".join(f"moved.{name}" for name in SHOWN),
            told=f", told AS ({events.RECORD.format(subject=SUBJECT)} FROM moved)" if is_told else "",
        )
    )


def _held(sight: Sight | None, states: tuple[str, ...]) -> str:
    me: ColumnElement[UUID] = literal_column("CAST(:me AS uuid)")
    my_team: ColumnElement[str] = literal_column("CAST(:my_team AS text)")
    lets_in = and_(visible_with(sight, me, my_team), Channel.state.in_(states)) if sight else true()
    held = select(Channel.channel_id, Channel.owner_id, Channel.guest_id.label("guest_id")).where(
        Channel.channel_id == literal_column(":channel_id"), lets_in
    )
    return str(held.with_for_update().compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
