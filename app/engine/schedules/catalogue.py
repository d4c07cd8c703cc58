"""The catalogue: what can be scheduled, declared by the packages that do the work."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.jobs import Lane


@dataclass(frozen=True)
class Occasion:
    """One time that work is due: which run it is, for whom, and as of when.

    `due_at` is the moment the rule named, however late the work begins.
    """

    run_id: UUID
    owner_id: UUID | None
    due_at: datetime
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Value:
    """Something the work must be told: a text, or one of `choices` (value, words)."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...] = ()
    longest: int = 200


@dataclass(frozen=True)
class Schedulable:
    """Work that can be scheduled. `run` is idempotent: a run that is taken over begins again.

    `takes`: what the payload holds, asked for in the form. Work that is not `by_hand` is scheduled
    by its owner alone (a segment, a report), never in the form.
    """

    name: str
    label: str
    run: Callable[[Occasion], dict[str, Any] | None]
    description: str = ""
    takes: tuple[Value, ...] = ()
    by_hand: bool = True
    lane: Lane = "bulk"


SCHEDULABLES: dict[str, Schedulable] = {}


def declare(*works: Schedulable) -> None:
    """Add what a package can do on schedule (called by `create_app`)."""
    SCHEDULABLES.update({work.name: work for work in works})


def label_of(job: str) -> str:
    """What people call it; its name when the package that did it is not there any more."""
    work = SCHEDULABLES.get(job)
    return work.label if work else job
