"""What can be done to many conversations at once: give them to somebody, put them aside, resolve them.

One after the other by the very steps that one of them takes, so that whoever waits, owns or watches is told alike.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app.conversations.access import visible_to
from app.conversations.actions import channels, snoozing
from app.conversations.models import Channel
from app.conversations.queries import lookup
from app.conversations.queries.presets import list_presets
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, one_of
from app.core.errors import Conflict, Invalid
from app.engine.bulk.kinds import GONE, SAME, BulkAction, Outcome, Work
from app.engine.hours.queries import shop_hours
from app.people import queries as people

PATH = "/conversations"
RIGHT = "conversations.answer"
AT_ONCE = 200
UNTIL_A_REPLY = ""


def _each(work: Work, step: Callable[[Channel], bool]) -> Mapping[UUID, Outcome]:
    """Take the step with each: True when it changed something. What is refused says why, and the others go on."""
    held = select(Channel).where(one_of(Channel.channel_id, work.ids), visible_to(work.actor))
    held = held.where(Channel.kind != "internal").order_by(Channel.channel_id).with_for_update()
    found = {channel.channel_id: channel for channel in db.session.scalars(held)}
    said: dict[UUID, Outcome] = {one: GONE for one in work.ids if one not in found}
    for channel in found.values():
        try:
            if not step(channel):
                said[channel.channel_id] = SAME
        except Conflict as refusal:
            said[channel.channel_id] = ("refused", str(refusal))
    return said


def _assign(work: Work) -> Mapping[UUID, Outcome]:
    to = people.get_employee(UUID(work.args["employee_id"]))

    def give(channel: Channel) -> bool:
        if channel.owner_id == to.person_id and not channel.is_closed:
            return False
        channels.assign(channel, to, actor=work.actor)
        return True

    return _each(work, give)


def _snooze(work: Work) -> Mapping[UUID, Outcome]:
    until = datetime.fromisoformat(work.args["until"]) if work.args["until"] else None

    def put_aside(channel: Channel) -> bool:
        snoozing.snooze(channel, until, actor=work.actor)
        return True

    return _each(work, put_aside)


def _resolve(work: Work) -> Mapping[UUID, Outcome]:
    def close(channel: Channel) -> bool:
        if channel.is_closed:
            return False
        channels.close_channel(channel, actor=work.actor)
        return True

    return _each(work, close)


def _offer_colleagues(actor: Actor) -> list[tuple[str, str]]:
    colleagues = [(str(person_id), name) for person_id, name in lookup.list_colleagues(actor)]
    return [(str(actor.id), f"{actor.name} (you)"), *colleagues]


def _read_colleague(actor: Actor, typed: MultiDict[str, str]) -> dict[str, Any]:
    chosen = typed.get("employee_id", "")
    name = dict(_offer_colleagues(actor)).get(chosen)
    if name is None:
        raise Invalid(errors={"employee_id": ["Choose somebody from the list."]})
    return {"employee_id": chosen, "name": name.removesuffix(" (you)")}


def _offer_times(_actor: Actor) -> list[tuple[str, str]]:
    known = [(preset.until.isoformat(), preset.label) for preset in list_presets(shop_hours(), now())]
    return [*known, (UNTIL_A_REPLY, "Until the customer writes")]


def _read_time(actor: Actor, typed: MultiDict[str, str]) -> dict[str, Any]:
    chosen = typed.get("until", UNTIL_A_REPLY)
    try:
        until = datetime.fromisoformat(chosen) if chosen else None
    except ValueError:
        raise Invalid(errors={"until": ["Choose one of the times."]}) from None
    if until is not None and (until.tzinfo is None or not now() < until < now() + snoozing.FARTHEST):
        raise Invalid(errors={"until": ["Choose one of the times."]})
    return {"until": chosen}


ASSIGN = BulkAction(
    key="assign",
    label="Assign",
    icon="user-check",
    position=10,
    permission=RIGHT,
    template="conversations/_bulk_assign.html",
    offer=_offer_colleagues,
    asks=lambda _actor: ("employee_id",),
    read=_read_colleague,
    says=lambda args, rows: f"Gave {rows} to {args['name']}",
    run=_assign,
    at_once=AT_ONCE,
)
RESOLVE = BulkAction(
    key="resolve",
    label="Resolve",
    icon="check",
    position=11,
    permission=RIGHT,
    says=lambda _args, rows: f"Resolved {rows}",
    template="conversations/_bulk_resolve.html",
    run=_resolve,
    at_once=AT_ONCE,
)
SNOOZE = BulkAction(
    key="snooze",
    label="Snooze",
    icon="zzz",
    position=12,
    permission=RIGHT,
    template="conversations/_bulk_snooze.html",
    offer=_offer_times,
    asks=lambda _actor: ("until",),
    read=_read_time,
    says=lambda _args, rows: f"Snoozed {rows}",
    run=_snooze,
    at_once=AT_ONCE,
)
