"""Setting targets, and how urgent a conversation is."""

from uuid import UUID

from sqlalchemy import Select, select, update

from app.conversations.models import Channel
from app.conversations.targets import clocks
from app.conversations.targets.models import TargetPolicy
from app.conversations.targets.queries import KINDS, PRIORITIES, Targets
from app.core import known
from app.core.access import Actor
from app.core.db import db
from app.core.errors import Invalid
from app.engine.events import actions as events
from app.engine.tags.models import Tag

SHORTEST_SECONDS = 60
LONGEST_SECONDS = 90 * 24 * 3600


def save_policy(
    policy: TargetPolicy | None, *, least_priority: int, targets: Targets, actor: Actor, tag_id: UUID | None = None
) -> TargetPolicy:
    """Add a policy or change one; what waits now follows it, too.

    Raises: Invalid, by field: for a priority that is unknown or has its targets already (with this label), for a
    label that is not there, for targets shorter than a minute or longer than 90 days, or for none at all.
    """
    errors = {f"{kind}_seconds": ["Choose from a minute to 90 days."] for kind in KINDS if _is_odd(targets.get(kind))}
    if not any(targets.get(kind) for kind in KINDS):
        errors["first_seconds"] = ["Set at least one target."]
    other = db.session.scalar(_of(tag_id).where(TargetPolicy.least_priority == least_priority))
    if least_priority not in PRIORITIES or (other is not None and other is not policy):
        errors["least_priority"] = ["Choose a priority that has no targets yet."]
    if tag_id is not None and db.session.get(Tag, tag_id) is None:
        errors["tag_id"] = ["Choose a label from the list."]
    if errors:
        raise Invalid(errors=errors)
    policy = policy or TargetPolicy()
    policy.least_priority, policy.tag_id = least_priority, tag_id
    policy.first_seconds, policy.next_seconds = targets.get("first"), targets.get("next")
    policy.resolution_seconds = targets.get("resolution")
    db.session.add(policy)
    _changed(actor)
    return policy


def _of(tag_id: UUID | None) -> Select[TargetPolicy]:
    return select(TargetPolicy).where(TargetPolicy.tag_id.is_not_distinct_from(tag_id))


def follow_label(before: UUID, after: UUID) -> None:
    """Let the targets of a label that was merged go by the other one, unless that has its own for the priority."""
    taken = set(db.session.scalars(_of(after).with_only_columns(TargetPolicy.least_priority)))
    for policy in db.session.scalars(_of(before)):
        if policy.least_priority not in taken:
            policy.tag_id = after
    db.session.flush()
    known.changed()


def _is_odd(seconds: int | None) -> bool:
    return seconds is not None and not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS


def remove_policy(policy: TargetPolicy, *, actor: Actor) -> None:
    """Have these targets no more; its conversations follow the policy below, if there is one."""
    db.session.delete(policy)
    _changed(actor)


def _changed(actor: Actor) -> None:
    db.session.flush()
    events.emit("targets.changed", actor=actor, subject_id=None)
    known.changed()


def set_priority(channel: Channel, priority: int) -> None:
    """Say how urgent a conversation is: the queue and its targets follow. Raises: Invalid for an unknown priority."""
    if priority not in PRIORITIES:
        raise Invalid(errors={"priority": ["Choose a priority from the list."]})
    changed = (
        update(Channel)
        .where(Channel.channel_id == channel.channel_id)
        .values(priority=priority, version=Channel.version + 1)
        .returning(Channel)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    clocks.recount(db.session.scalars(changed).one())
