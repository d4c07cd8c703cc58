"""Addresses that are not written to any more."""

from sqlalchemy import ColumnElement, false, select

from app.reach.channels.base import Channel
from app.reach.channels.models import Suppression


def held(channel: Channel) -> ColumnElement[bool]:
    """True for customers whose address of this channel is suppressed."""
    if channel.fingerprint is None:
        return false()
    rows = select(Suppression.fingerprint).where(Suppression.channel == channel.key)
    return rows.where(Suppression.fingerprint == channel.fingerprint()).exists()
