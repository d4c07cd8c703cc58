"""What waits for somebody who works here, right now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from app.conversations.queries import lists
from app.core.access import Actor
from app.core.db import db
from app.insights import queries
from app.insights.measures import MEASURES
from app.insights.periods import Period
from app.tasks import queries as tasks

SHOWN = 6
LOW_STARS = 2


@dataclass(frozen=True)
class Trouble:
    """What did not work by itself and needs an admin."""

    failed_jobs: int
    failed_mail: int
    failed_events: int

    @property
    def is_any(self) -> bool:
        """Something is there."""
        return bool(self.failed_jobs or self.failed_mail or self.failed_events)


@dataclass(frozen=True)
class Home:
    """The parts of the page; a part that is not for this role is None."""

    waiting: Sequence[lists.ListItem]
    mine: Sequence[lists.ListItem] | None
    tasks: Sequence[dict[str, Any]] | None
    numbers: dict[str, queries.Comparison]
    days: Sequence[float] | None
    low_ratings: Sequence[Any] | None
    trouble: Trouble | None


def load(actor: Actor, period: Period) -> Home:
    """Read everything the page shows; a handful of statements, whatever the role."""
    leads = actor.role in ("manager", "admin")
    figures = queries.performance(actor, period, None if leads else actor.id)
    return Home(
        waiting=lists.list_conversations(actor, "waiting").rows[:SHOWN],
        mine=None if leads else lists.list_conversations(actor, "mine").rows[:SHOWN],
        tasks=[tasks.line_of(row) for row in tasks.list_waiting(actor, SHOWN)] if actor.can("tasks.read") else None,
        numbers=figures.team if leads else figures.lines[0].comparisons,
        days=None if leads else queries.daily(actor, MEASURES["taken"], period),
        low_ratings=_low_ratings(actor, period) if leads else None,
        trouble=_trouble() if actor.role == "admin" else None,
    )


def _low_ratings(actor: Actor, period: Period) -> Sequence[Any]:
    return queries.list_rows(actor, MEASURES["rating"], period, None, limit=SHOWN, at_most=LOW_STARS)[:SHOWN]


def _trouble() -> Trouble:
    row = db.session.execute(
        text(
            "SELECT (SELECT count(*) FROM jobs WHERE state = 'failed' AND finished_at > now() - interval '7 days'),"
            " (SELECT count(*) FROM outgoing_mail WHERE state = 'failed' AND created_at > now() - interval '7 days'),"
            " (SELECT count(*) FROM event_failures)"
        )
    ).one()
    return Trouble(*row)
