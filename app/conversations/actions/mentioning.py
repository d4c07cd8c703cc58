"""Telling colleagues that words in a conversation mention them."""

from collections.abc import Sequence
from uuid import UUID

from app.conversations.models import Mention
from app.core.access import Actor
from app.core.db import db
from app.engine.notes import mentions
from app.engine.notes.actions import LONGEST_EXCERPT, Told
from app.engine.notices import actions as notices
from app.engine.records.kinds import get_record


def tell(
    channel_id: UUID, comm_id: UUID, seq: int, content: str, named: Sequence[mentions.Colleague], *, actor: Actor
) -> Told:
    """Note who is mentioned, and tell those under the bell who may see the channel."""
    others = [one for one in named if one.id != actor.id]
    record = get_record(actor, "conversation", channel_id) if others else None
    told = [one for one in others if record and mentions.may_see(one, record)]
    excerpt = content if len(content) <= LONGEST_EXCERPT else f"{content[:LONGEST_EXCERPT]}…"
    for one in told:
        db.session.add(Mention(comm_id=comm_id, person_id=one.id, channel_id=channel_id))
        notices.notify(
            one.id,
            key=notice_key(comm_id),
            title=f"{actor.name} mentioned you: {record.name if record else ''}",
            body=excerpt,
            url=f"/conversations/{channel_id}#message-{seq}",
        )
    db.session.flush()
    return Told(told, [one for one in others if one not in told])


def notice_key(comm_id: UUID) -> str:
    """What the bell calls the mentions of a communication."""
    return f"note:{comm_id}"
