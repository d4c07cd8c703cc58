"""Addresses that are not written to any more."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, false, literal, select
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.db import db, one_of
from app.people.models import Customer
from app.reach.channels.base import CHANNELS, Channel
from app.reach.channels.models import Suppression


def held(channel: Channel) -> ColumnElement[bool]:
    """True for customers whose address of this channel is suppressed."""
    if channel.fingerprint is None:
        return false()
    rows = select(Suppression.fingerprint).where(Suppression.channel == channel.key)
    return rows.where(Suppression.fingerprint == channel.fingerprint()).exists()


def hold(channel_key: str, people: Sequence[UUID], words: str = "", *, reason: str = "bounced") -> None:
    """Write no more to the addresses that these customers have now: they turned out to be wrong, or complained."""
    channel = CHANNELS[channel_key]
    if channel.fingerprint is None:
        return
    wrong = select(literal(channel_key), channel.fingerprint(), literal(reason), literal(words), literal(now()))
    wrong = wrong.where(one_of(Customer.person_id, people), channel.fingerprint().is_not(None))
    names = ["channel", "fingerprint", "reason", "words", "added_at"]
    held_now = insert(Suppression).from_select(names, wrong, include_defaults=False)
    db.session.execute(held_now.on_conflict_do_nothing())
