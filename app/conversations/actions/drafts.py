"""What an employee has begun to write: kept for each conversation and mode, there again in another browser."""

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.conversations.actions import messages, writing
from app.conversations.models import Channel, Chat, Draft, PrivateNote
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, is_storable
from app.core.errors import Invalid, NotAllowed

MODES: dict[str, type[Chat] | type[PrivateNote]] = {"reply": Chat, "note": PrivateNote}


def save_draft(channel: Channel, mode: str, content: str, *, actor: Actor, client_key: str | None = None) -> None:
    """Keep what is written so far; nothing written drops it. What was sent under `client_key` is no draft any more.

    Raises: NotAllowed for customers; Invalid for another mode, or for what cannot be stored.
    """
    if not actor.is_staff or actor.id is None:
        raise NotAllowed("Only employees keep drafts.")
    kind = MODES.get(mode)
    if kind is None or len(content) > writing.LONGEST_MESSAGE or not is_storable(content):
        raise Invalid(errors={"content": ["This cannot be kept."]})
    if not content.strip():
        drop_draft(channel, mode, actor=actor)
        return
    if messages.said_before(kind, actor.id, client_key) is not None:
        return
    draft = {"content": content, "saved_at": now()}
    place = {"person_id": actor.id, "channel_id": channel.channel_id, "mode": mode}
    kept = insert(Draft).values(**place, **draft)
    db.session.execute(kept.on_conflict_do_update(index_elements=list(place), set_=draft))


def drop_draft(channel: Channel, mode: str, *, actor: Actor) -> None:
    """Forget it: it was sent, or given up."""
    mine = (Draft.person_id == actor.id, Draft.channel_id == channel.channel_id, Draft.mode == mode)
    db.session.execute(delete(Draft).where(*mine))
