"""What an employee has begun to write."""

from collections.abc import Sequence

from sqlalchemy import Select, select

from app.conversations.models import Channel, Draft
from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound


def list_drafts(actor: Actor, channel: Channel) -> Sequence[Draft]:
    """One's own drafts in a channel, by mode."""
    return db.session.scalars(_own(actor, channel).order_by(Draft.mode)).all()


def get_draft(actor: Actor, channel: Channel, mode: str) -> Draft:
    """One's own draft of a mode. Raises: NotFound."""
    found = db.session.scalar(_own(actor, channel).where(Draft.mode == mode))
    if found is None:
        raise NotFound
    return found


def _own(actor: Actor, channel: Channel) -> Select[Draft]:
    query = select(Draft).where(Draft.person_id == actor.id, Draft.channel_id == channel.channel_id)
    return query.execution_options(populate_existing=True)
