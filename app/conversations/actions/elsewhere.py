"""Conversations that customers begin from elsewhere, such as by email: made whole, so that many are written at once."""

from app.conversations import doorbell
from app.conversations.actions import channels
from app.conversations.models import Channel, Email, Pair, Participant
from app.conversations.targets import clocks
from app.core.access import Actor
from app.core.db import Base, new_id


def begin(said: Email, *, kind: str, topic: str, actor: Actor) -> tuple[Channel, list[Base]]:
    """A conversation that waits, with its customer's first words: the rows of it all, for `db.copy_all_in`.

    Nobody else knows of it before they are written, so its first number need not be asked for.
    """
    channel = Channel(
        channel_id=new_id(),
        kind=kind,
        state="waiting",
        topic=channels.topic_of(topic, ""),
        customer_id=said.sender_id,
        priority=0,
        requested_at=said.at,
        waiting_since=said.at,
        unanswered_since=said.at,
        last_seq=1,
        last_at=said.at,
    )
    customer = Participant(
        channel_id=channel.channel_id, person_id=said.sender_id, joined_at=said.at, last_read_seq=channel.last_seq
    )
    place = Pair(channel_id=channel.channel_id, comm_id=said.comm_id, seq=channel.last_seq)
    channels.tell("channel.requested", channel, actor)
    doorbell.ring(channel.channel_id, [actor.id] if actor.id else [], queue=True)
    return channel, [channel, customer, said, place, *clocks.begin(channel, said.at)]
