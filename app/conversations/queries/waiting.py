"""The queue of those who wait, and how long that takes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    func,
    literal,
    select,
    text,
)

from app.conversations.models import Channel, Communication, Pair
from app.conversations.queries.transcript import TO_CUSTOMERS
from app.core.db import db, one_of
from app.core.redis import cached


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


def waits_since(channel: Channel) -> datetime | None:
    """Since when its customer waits for words, by what was said since it was begun or last opened again."""
    if channel.guest_id is None:
        return None
    said = (
        select(Communication.at, Communication.sender_id, Pair.seq)
        .join(Pair, Pair.comm_id == Communication.comm_id)
        .where(Pair.channel_id == channel.channel_id, one_of(Communication.kind, TO_CUSTOMERS))
        .subquery()
    )
    answered = select(func.max(said.c.seq)).where(said.c.sender_id != channel.guest_id).scalar_subquery()
    owed = select(func.min(said.c.at)).where(
        said.c.sender_id == channel.guest_id, said.c.seq > func.coalesce(answered, 0)
    )
    return db.session.scalar(owed.where(said.c.at >= channel.reopened_at) if channel.reopened_at else owed)
