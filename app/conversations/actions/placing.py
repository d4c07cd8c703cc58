"""Giving what is said its place in a channel: one statement, all of it or nothing.

The channel's row is held until the commit, so that what is said in it is numbered one after another, without gaps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm.attributes import set_committed_value

from app.conversations.models import Channel, Chat, Email, PhoneCall, PrivateNote
from app.conversations.targets import clocks
from app.core.db import SIGNED, db, settled_values, signature
from app.engine.events import actions as events

Said = Chat | PhoneCall | Email | PrivateNote

DRAFTED_AS: dict[type[Said], str] = {Chat: "reply", Email: "reply", PrivateNote: "note"}
NAMED_BY_SENDER = (Chat, PrivateNote)
"""Those with a `client_key`, under which the same is said once."""

STATEMENT = """
WITH signed AS MATERIALIZED ({signed}), held AS (
    SELECT channel_id FROM signed, comm_channels
    WHERE channel_id = :channel_id AND state = coalesce(:state, state) FOR UPDATE OF comm_channels
), said AS (
    INSERT INTO {table} ({columns}) SELECT {values} FROM held {once} RETURNING comm_id, at
), moved AS (
    UPDATE comm_channels c SET last_seq = c.last_seq + 1, last_at = said.at {turn} FROM said
    WHERE c.channel_id = :channel_id
    RETURNING c.channel_id, said.comm_id, said.at, old.unanswered_since AS waited_since, old.ctid AS was_at,
        c.last_seq, c.last_at, c.unanswered_since, c.first_response_at, c.snoozed_at, c.snoozed_until
), paired AS (
    INSERT INTO comm_channel_pairs (channel_id, comm_id, seq) SELECT channel_id, comm_id, last_seq FROM moved
), marked AS ({marked}
), undrafted AS (
    DELETE FROM conversation_drafts d USING moved
    WHERE d.person_id = :reader_id AND d.channel_id = moved.channel_id AND d.mode = :drafted_as
){told}
SELECT moved.last_seq, moved.last_at, moved.unanswered_since, moved.first_response_at, moved.snoozed_at,
    moved.snoozed_until, moved.waited_since, ARRAY(
        SELECT person_id FROM comm_channel_participants p WHERE p.channel_id = moved.channel_id AND p.left_at IS NULL
    ) AS member_ids, {running} AS running FROM moved
"""
RUNNING = """(
        SELECT coalesce(jsonb_agg(r) FILTER (WHERE r.clock_id IS NOT NULL), '[]')
        FROM comm_channels c LEFT JOIN response_clocks r ON r.channel_id = c.channel_id AND r.stopped_at IS NULL
        WHERE c.channel_id = moved.channel_id AND c.ctid = moved.was_at GROUP BY c.channel_id
    )"""
"""The clocks that run; NULL where somebody moved the channel while this waited for it: theirs are not seen yet."""
TURNS = {
    "": "",
    "theirs": ", unanswered_since = coalesce(c.unanswered_since, said.at), snoozed_at = NULL, snoozed_until = NULL",
    "ours": ", unanswered_since = NULL, first_response_at = coalesce(c.first_response_at, said.at)",
}
JOINS = """
    INSERT INTO comm_channel_participants AS p (channel_id, person_id, joined_at, last_read_seq)
    SELECT channel_id, :reader_id, at, last_seq FROM moved WHERE CAST(:reader_id AS uuid) IS NOT NULL
    ON CONFLICT (channel_id, person_id) DO UPDATE SET last_read_seq = excluded.last_read_seq, left_at = NULL,
        joined_at = CASE WHEN p.left_at IS NULL THEN p.joined_at ELSE excluded.joined_at END"""
READS = """
    UPDATE comm_channel_participants p SET last_read_seq = moved.last_seq FROM moved
    WHERE p.channel_id = moved.channel_id AND (p.person_id = :reader_id
        OR p.person_id = :guest_id AND p.last_read_seq = moved.last_seq - 1)"""


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


def place(
    channel: Channel,
    said: Said,
    manner: Manner,
    *,
    reader_id: UUID | None,
    state: str | None = None,
    event: Mapping[str, Any] | None = None,
) -> Place | None:
    """Store a communication under the channel's next number, which the channel then shows; clocks follow the turn.

    `event`: what is recorded of it. None where the channel is in another `state` by now, or where its sender said it
    before under its `client_key`. The communication does not belong to the session.
    """
    values = {
        **signature(db.session()),
        **(event or {}),
        "channel_id": channel.channel_id,
        "guest_id": channel.guest_id,
        "reader_id": reader_id,
        "state": state,
        "drafted_as": DRAFTED_AS.get(type(said)),
    }
    values |= {f"said_{name}": value for name, value in settled_values(said).items()}
    row = db.session.execute(_statement(type(said), manner, event is not None), values).one_or_none()
    if row is None:
        return None
    for name in ("last_seq", "last_at", "unanswered_since", "first_response_at", "snoozed_at", "snoozed_until"):
        set_committed_value(channel, name, getattr(row, name))
    if manner.turn and isinstance(said, Chat | Email):
        clocks.turn(channel, said, row.waited_since, row.running)
    joined = [reader_id] if manner.joins and reader_id and reader_id not in row.member_ids else []
    return Place(said.comm_id, row.last_seq, [*row.member_ids, *joined])


def placed(found: Place | None) -> Place:
    """The place of what nothing keeps out: neither a state that was asked for, nor a key that may be taken."""
    assert found is not None
    return found


@cache
def _statement(kind: type[Said], manner: Manner, is_told: bool) -> TextClause:
    dialect = postgresql.dialect()
    types = {column.name: column.type.compile(dialect) for column in kind.__table__.columns}
    return text(
        STATEMENT.format(
            table=kind.__tablename__,
            columns=", ".join(types),
            values=", ".join(f"CAST(:said_{name} AS {sort})" for name, sort in types.items()),
            once="ON CONFLICT (sender_id, client_key) DO NOTHING" if kind in NAMED_BY_SENDER else "",
            turn=TURNS[manner.turn],
            marked=JOINS if manner.joins else READS,
            running=RUNNING if manner.turn else "NULL",
            signed=SIGNED,
            told=f", told AS ({events.RECORD} FROM moved)" if is_told else "",
        )
    )
