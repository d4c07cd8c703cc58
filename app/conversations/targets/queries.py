"""Reading targets, and what is due."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, func, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from app.conversations.models import Channel
from app.conversations.targets.models import ResponseClock, TargetPolicy
from app.core import metrics
from app.core.db import db
from app.core.errors import NotFound
from app.core.known import Known
from app.engine.tags import queries as tags

KINDS = {"first": "First answer", "next": "Next answer", "resolution": "Resolution"}
PRIORITIES = {0: "Normal", 1: "High", 2: "Urgent"}

Targets = Mapping[str, int | None]
Talk = Channel | Row[Any]
"""A conversation as its clocks see it: itself, or as much of it as a statement returned."""


def list_policies() -> Sequence[TargetPolicy]:
    """All policies, the most urgent first; those of a label behind the others."""
    order = (TargetPolicy.tag_id.is_not(None), TargetPolicy.least_priority.desc(), TargetPolicy.policy_id)
    return db.session.scalars(select(TargetPolicy).order_by(*order)).all()


def has_labels() -> bool:
    """Some targets go by a label."""
    return db.session.scalar(select(exists().where(TargetPolicy.tag_id.is_not(None)))) or False


def list_labels() -> list[tuple[str, str]]:
    """The labels that a policy can name."""
    return tags.choices()


def get_policy(policy_id: UUID) -> TargetPolicy:
    """One policy. Raises: NotFound."""
    found = db.session.get(TargetPolicy, policy_id)
    if found is None:
        raise NotFound
    return found


def targets_for(channel: Talk, *, is_new: bool = False) -> Targets:
    """The targets of a conversation, by kind of clock; no kind where no policy covers it.

    Its labels are asked for only where some policy names one, and it is not new, for then it has none.
    """
    policies = _known.get()
    is_asked = not is_new and any(tag_id for _least, tag_id, _targets in policies)
    labels = tags.tags_of("conversation", channel.channel_id) if is_asked else ()
    return among(policies, channel.priority, {str(tag.tag_id) for tag in labels})


def read_all() -> list[list[Any]]:
    """Each policy's least priority, label and targets, the most urgent first."""
    return [[one.least_priority, one.tag_id and str(one.tag_id), _targets(one)] for one in list_policies()]


_known = Known(read_all)


def among(policies: Iterable[Sequence[Any]], priority: int, labels: Collection[str] = ()) -> Targets:
    """Of `read_all` the first without a label that covers a priority, and of each kind what a label asks for sooner."""
    covering = [(tag_id, targets) for least, tag_id, targets in policies if priority >= least]
    usual: Targets = next((targets for tag_id, targets in covering if not tag_id), {})
    asked = [usual, *(targets for tag_id, targets in covering if tag_id in labels)]
    return {kind: min((one[kind] for one in asked if one.get(kind)), default=None) for kind in KINDS}


def _targets(policy: TargetPolicy) -> Targets:
    return {"first": policy.first_seconds, "next": policy.next_seconds, "resolution": policy.resolution_seconds}


@dataclass(frozen=True)
class Due:
    """What is due next in a conversation."""

    kind: str
    at: datetime
    target_seconds: int

    def seconds_left(self, moment: datetime) -> float:
        """By the clock on the wall; below zero once it is late."""
        return (self.at - moment).total_seconds()

    def tone(self, moment: datetime) -> str:
        """How it looks: bad once late, wait in the last quarter, good before."""
        left = self.seconds_left(moment)
        return "bad" if left < 0 else "wait" if left < self.target_seconds / 4 else "good"


def due_column() -> ColumnElement[Any]:
    """What is due first in each channel of a statement, for `due_of`."""
    told = func.jsonb_build_object(
        "kind", ResponseClock.kind, "at", ResponseClock.due_at, "target_seconds", ResponseClock.target_seconds
    )
    first = (
        select(type_coerce(told, JSONB))
        .where(
            ResponseClock.channel_id == Channel.channel_id,
            ResponseClock.stopped_at.is_(None),
            ResponseClock.due_at.is_not(None),
        )
        .order_by(ResponseClock.due_at)
        .limit(1)
        .correlate(Channel)
        .scalar_subquery()
    )
    return first.label("due")


def due_of(told: dict[str, Any] | None) -> Due | None:
    """What `due_column` found."""
    return None if told is None else Due(told["kind"], datetime.fromisoformat(told["at"]), told["target_seconds"])


def find_due(channel: Channel) -> Due | None:
    """What is due first in one conversation."""
    return due_of(db.session.scalar(select(due_column()).where(Channel.channel_id == channel.channel_id)))


@metrics.collector
def late_clocks() -> Iterable[tuple[str, str, dict[str, str], float]]:
    """How many answers and resolutions are late at this moment."""
    late = select(ResponseClock.kind, func.count()).where(
        ResponseClock.stopped_at.is_(None), ResponseClock.missed_at.is_not(None)
    )
    for kind, number in db.session.execute(late.group_by(ResponseClock.kind)):
        yield "rapport_targets_late", "Running clocks past their target", {"kind": kind}, number
