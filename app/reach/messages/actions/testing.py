"""Sending a message to oneself, to see it where it will arrive."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, select
from sqlalchemy.sql.visitors import replacement_traverse

from app.accounts import sign_ins
from app.core import jobs, limits
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, new_id
from app.core.errors import Conflict
from app.engine.notices import actions as notices
from app.people.models import Customer, Employee
from app.reach.channels import opened
from app.reach.channels.base import CHANNELS, Channel, Local, Outcome, Outgoing, ProviderTrouble
from app.reach.messages import previews, queries
from app.reach.messages.models import Template

JOB = "reach.send_test"
OFTEN = "60/hour"
LIVES = timedelta(hours=1)


def queue_test(template: Template, channel: str, locale: str, *, about: UUID | None, actor: Actor) -> None:
    """Send the words that hold now to the actor's own address of a channel, as `about` would get them.

    Raises: Conflict without words, an address or a provider for the channel; TooManyRequests.
    """
    version = queries.newest_version(template.template_id)
    if channel not in CHANNELS or locale not in version.contents.get(channel, {}):
        raise Conflict("Nothing is written for this channel in this language.")
    if actor.id is None or _own_address(CHANNELS[channel], actor.id) is None:
        raise Conflict(f"{CHANNELS[channel].label} does not reach you: nothing is known of where.")
    try:
        opened.choose(channel)
    except ProviderTrouble as trouble:
        raise Conflict(str(trouble)) from None
    limits.hit(OFTEN, "reach-test", str(actor.id))
    args = {"version_id": version.version_id, "channel": channel, "locale": locale, "about": about, "to": actor.id}
    jobs.enqueue(JOB, {key: value and str(value) for key, value in args.items()}, lane="critical", max_attempts=1)


def send_test(version_id: UUID, channel: str, locale: str, about: UUID | None, to: UUID) -> Outcome:
    """Send it now; what goes wrong stands under the bell of who wanted it."""
    actor, version = sign_ins.actor_for(to), queries.get_version_by_id(version_id)
    address = _own_address(CHANNELS[channel], to)
    if actor is None or address is None:
        return Outcome("failed", words="They are not here any more.")
    purpose = queries.get_row(version.template_id).purpose
    who = previews.chosen_of(previews.somebody(actor, person_id=about), about)
    parts = previews.said_to(who, version.contents, channel, purpose=purpose, locale=locale)
    outcome = _try(channel, Outgoing(f"test-{new_id().hex}", to, address, parts, now() + LIVES))
    if outcome.state != "sent":
        title = f"{CHANNELS[channel].label}: the test was not sent"
        url = f"/reach/templates/{version.template_id}"
        notices.notify(to, key=f"reach-test:{new_id()}", title=title, body=outcome.words or outcome.code, url=url)
    return outcome


def _try(channel: str, message: Outgoing) -> Outcome:
    try:
        strategy = opened.strategy_of(channel, opened.choose(channel))
        if not isinstance(strategy, Local):
            db.session.commit()  # no transaction stays open while a provider is spoken to
        return strategy.send([message])[0]
    except ProviderTrouble as trouble:
        return Outcome("failed", words=str(trouble))


def _own_address(channel: Channel, person_id: UUID) -> Any:
    """Where a channel reaches somebody of the staff: what it takes of customers, read of them."""

    def of_staff(element: Any, **_more: Any) -> Any:
        is_theirs = isinstance(element, Column) and getattr(element.table, "name", "") == Customer.__tablename__
        return Employee.__table__.c[element.name] if is_theirs else None

    (expression,) = select(channel.address()).selected_columns
    address = replacement_traverse(expression, {}, of_staff)
    return db.session.scalar(select(address).select_from(Employee).where(Employee.person_id == person_id))
