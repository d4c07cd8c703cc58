"""The funnel: from a lead to a customer, how many, how surely and how fast.

A share is of those who came to a stage in the period, and how far each of them has got until now.
Whoever was set back since, as after a slip of the pen, does not count as having got there. Each number
is the same question as the filter it links to (`app.insights.funnel_links`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import select

from app.core.access import Actor
from app.core.db import db
from app.engine.answers import queries as answers
from app.engine.answers.queries import Answer, Question
from app.insights.funnel_counts import ALL_THE_WAY, WAYS, Way, count_stages, count_ways
from app.insights.periods import Period
from app.people.models import Employee


@dataclass(frozen=True)
class StageLine:
    """One stage: how many stood at it when the period began and when it ended, and how many people came and left."""

    stage: str
    at_start: int
    came: int
    left: int
    at_end: int


@dataclass(frozen=True)
class WayLine:
    """How many set out, how many of them arrived, and the median time of those.

    `group` is the source or the owner's id of a line that is about some of them only, `name` what it is called.
    """

    way: Way
    came: int
    arrived: int
    median_seconds: float | None
    group: str | UUID | None = None
    name: str | None = None
    is_group: bool = False

    @property
    def share(self) -> float | None:
        """Of those who came, how many arrived, 0 to 1; None where nobody came."""
        return self.arrived / self.came if self.came else None


@dataclass(frozen=True)
class Funnel:
    """The whole report. `answer` says of what moment its numbers are."""

    period: Period
    stages: Sequence[StageLine]
    ways: Sequence[WayLine]
    by_source: Sequence[WayLine]
    by_owner: Sequence[WayLine]
    answer: Answer

    @property
    def is_until_now(self) -> bool:
        """The period had not ended when it was counted: who stood at a stage at its end stood there then."""
        return self.period.end > self.answer.counted_at


def question(actor: Actor, period: Period) -> Question:
    """What is asked for the report about the customers this actor may see; all who see all ask the same."""
    scope = actor.scope("customers.read")
    sees: dict[str, Any] = {"scope": scope}
    if scope != "all":
        sees |= {"kind": actor.kind, "person": str(actor.id), "department": actor.department}
    return Question("funnel", {"first": period.first.isoformat(), "last": period.last.isoformat(), "sees": sees})


@answers.counts("funnel")
def count(first: str, last: str, sees: dict[str, Any]) -> dict[str, Any]:
    """Count the report.

    Shape: "stages" as `count_stages` tells them; "ways", "sources" and "owners" as `count_ways` does.
    """
    zone = ZoneInfo(current_app.extensions["rapport"].time_zone)
    period, who = Period(date.fromisoformat(first), date.fromisoformat(last), zone), _sees(**sees)
    return {"stages": count_stages(who, period), **count_ways(who, period)}


def _sees(scope: Any, kind: Any = "employee", person: str = "", department: str = "") -> Actor:
    """Somebody who sees the customers that the question is about."""
    grants = {"customers.read": scope} if scope else {}
    return Actor(UUID(person) if person else None, kind, department=department, grants=grants)


def find_funnel(asked: Question, period: Period) -> Funnel | None:
    """The report: counted now, or as a job counted it when that takes long; None when it is not known yet."""
    answer = answers.find(asked)
    if answer is None:
        return None
    told = answer.value
    stages = [StageLine(*line) for line in told["stages"]]
    by_key = {key: _line(way, numbers) for key, _name, *numbers in told["ways"] for way in WAYS if way.key == key}
    sources = [_line(ALL_THE_WAY, numbers, (source, name)) for source, name, *numbers in told["sources"]]
    return Funnel(period, stages, [by_key[way.key] for way in WAYS], sources, _by_owner(told["owners"]), answer)


def _by_owner(lines: Sequence[Any]) -> list[WayLine]:
    """The lines by owner, with today's names."""
    ids = [UUID(owner) for owner, *_rest in lines if owner]
    query = select(Employee.person_id, Employee.name).where(Employee.person_id.in_(ids))
    owners: dict[str, tuple[UUID, str]] = {str(row[0]): (row[0], row[1]) for row in db.session.execute(query)}
    return [_line(ALL_THE_WAY, numbers, owners.get(owner, (None, None))) for owner, _name, *numbers in lines]


def _line(way: Way, numbers: Sequence[Any], group: tuple[Any, str | None] | None = None) -> WayLine:
    came, arrived, seconds = numbers
    value, name = group or (None, None)
    return WayLine(way, came, arrived, seconds, value, name, is_group=group is not None)
