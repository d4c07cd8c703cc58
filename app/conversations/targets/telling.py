"""Subscribers: what is late is told, and what is due follows hours and targets."""

from uuid import UUID

from app.conversations.models import Channel
from app.conversations.queries import lookup
from app.conversations.targets import actions, clocks
from app.conversations.targets.queries import KINDS, has_labels
from app.core.db import db
from app.engine.events.models import Event
from app.engine.notices import actions as notices


def tell_of_miss(event: Event) -> None:
    """Tell the owner and the managers, once for each clock, under their bells."""
    channel = db.session.get(Channel, UUID(event.payload["channel_id"]))
    if channel is None:
        return
    owner_id = event.payload["owner_id"]
    told = dict.fromkeys([*([UUID(owner_id)] if owner_id else []), *lookup.list_managers()])
    whose = lookup.name_of(channel.guest_id)
    for person_id in told:
        notices.notify(
            person_id,
            key=f"target:{event.payload['clock_id']}",
            title=f"{KINDS[event.payload['kind']]} is late: {whose}",
            body="Nobody has the conversation yet." if owner_id is None else f"With {lookup.name_of(UUID(owner_id))}.",
            url=f"/conversations/{channel.channel_id}",
        )


def recount(_event: Event) -> None:
    """Set again what is due when."""
    clocks.recount()


def follow_label(event: Event) -> None:
    """Set again what is due in a conversation that got a label or lost one, where targets go by labels."""
    channel = db.session.get(Channel, event.subject_id) if event.subject_id and has_labels() else None
    if channel is not None:
        clocks.recount(channel)


def follow_labels(event: Event) -> None:
    """The same of all, when labels were merged, deleted or brought back; targets of a merged one go by the other."""
    if not has_labels():
        return
    if event.type == "tag.merged":
        actions.follow_label(UUID(event.payload["before"]), UUID(event.payload["after"]))
    clocks.recount()
