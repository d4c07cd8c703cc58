"""Putting a conversation aside until a time, or until its customer writes; it comes back by itself."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.conversations import doorbell
from app.conversations.actions import channels
from app.conversations.models import Channel
from app.conversations.queries import lookup, waiting
from app.conversations.targets import clocks
from app.core.access import SYSTEM, Actor
from app.core.clock import now
from app.core.db import db, one_of
from app.core.errors import Conflict, Invalid
from app.engine.changes.models import ChangedRow, ChangeSet
from app.engine.notices import actions as notices

FARTHEST = timedelta(days=366)
AT_ONCE = 500
AWAKE = {"snoozed_at": None, "snoozed_until": None}


def snooze(channel: Channel, until: datetime | None, *, actor: Actor) -> None:
    """Put an open conversation aside until a moment, or without one until its customer writes.

    Raises: Invalid for a moment that has passed or is over a year away; Conflict when it is not open.
    """
    moment = now()
    if until is not None and not moment < until < moment + FARTHEST:
        raise Invalid(errors={"until": ["Choose a time to come, within a year."]})
    is_outside = Channel.kind != "internal"
    if not channels.move(channel, "open", is_outside, snoozed_at=moment, snoozed_until=until):
        raise Conflict("Only an open conversation with a customer can be snoozed.")
    channels.tell("channel.snoozed", channel, actor)
    channels.ring(channel)


def wake(channel: Channel, *, actor: Actor) -> None:
    """Bring a snoozed conversation back now. Raises: Conflict when it is not snoozed."""
    if not channels.move(channel, "open", Channel.snoozed_at.is_not(None), **AWAKE):
        raise Conflict("It is back already.")
    channels.tell("channel.woken", channel, actor)
    channels.ring(channel)


def wake_due() -> int:
    """Bring back what is due and tell whoever answers it; returns how many. A duty of the clock."""
    due = select(Channel.channel_id).where(Channel.snoozed_until <= now(), Channel.snoozed_at.is_not(None))
    ids = due.order_by(Channel.snoozed_until).limit(AT_ONCE).with_for_update(skip_locked=True)
    woken = (
        update(Channel)
        .where(Channel.channel_id.in_(ids))
        .values(version=Channel.version + 1, **AWAKE)
        .returning(Channel)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    channels_back = db.session.scalars(woken).all()
    for channel in channels_back:
        if channel.owner_id is not None:
            notices.notify(
                channel.owner_id,
                key=f"woken:{channel.channel_id}:{channel.version}",
                title=f"Back from snooze: {channel.topic or 'a conversation'}",
                url=f"/conversations/{channel.channel_id}",
            )
        channels.tell("channel.woken", channel, SYSTEM)
        channels.ring(channel)
    return len(channels_back)


def follow_undo(undo: ChangeSet, actor: Actor) -> None:
    """Tell of conversations that an undo opened again or closed, and open pages of all that it changed."""
    before, after = ChangedRow.before["state"].astext, ChangedRow.after["state"].astext
    changed = select(ChangedRow.row_key, before, after).where(
        ChangedRow.change_set_id == undo.change_set_id, ChangedRow.table_name == "comm_channels"
    )
    states = {UUID(key): (was, became) for key, was, became in db.session.execute(changed)}
    moved = (
        update(Channel)
        .where(one_of(Channel.channel_id, list(states)))
        .values(version=Channel.version + 1)
        .returning(Channel)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    for channel in db.session.scalars(moved).all():
        was, became = states[channel.channel_id]
        if was != became and "closed" in (was, became):
            _follow_close(channel, actor)
    for channel_id in list(states)[:AT_ONCE]:
        doorbell.ring(channel_id, lookup.participant_ids(channel_id), queue=True)


def _follow_close(channel: Channel, actor: Actor) -> None:
    """Do what goes with a close, or with its end: who waited for an answer, waits on."""
    since = None if channel.is_closed else waiting.waits_since(channel)
    if channel.is_closed:
        clocks.close(channel, now())
    elif since is not None:
        channels.move(channel, channel.state, unanswered_since=since)
        clocks.resume(channel, since)
    channels.tell("channel.closed" if channel.is_closed else "channel.reopened", channel, actor)
