"""The funnel: from a lead to a customer, how many, how surely and how fast.

A share is of those who came to a stage in the period, and how far each of them has got until now.
Whoever was set back since, as after a slip of the pen, does not count as having got there. Each number
is the same question as the filter it links to (`app.insights.funnel_links`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Float, Select, cast, func, select

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.insights.periods import Period
from app.people.access import visible_to
from app.people.models import POTENTIAL, STAGES, Customer, Employee, StageChange

MOST_GROUPS = 20
ENTERED = StageChange.after


@dataclass(frozen=True)
class Way:
    """From any of the stages `left` on to any of `reached`; whoever stands at one of `stands` has not gone back."""

    key: str
    label: str
    left: tuple[str, ...]
    reached: tuple[str, ...]
    stands: tuple[str, ...]


WAYS = (
    Way("lead_prospect", "Lead → prospect or further", ("lead",), ("prospect", "customer"), STAGES[1:]),
    Way("prospect_customer", "Prospect → customer", ("prospect",), ("customer",), STAGES[2:]),
    Way("lead_customer", "Lead → customer", ("lead",), ("customer",), STAGES[2:]),
)
ALL_THE_WAY = Way("potential_customer", "Lead or prospect → customer", POTENTIAL, ("customer",), STAGES[2:])


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
    """The whole report."""

    period: Period
    stages: Sequence[StageLine]
    ways: Sequence[WayLine]
    by_source: Sequence[WayLine]
    by_owner: Sequence[WayLine]
    as_of: datetime

    @property
    def is_until_now(self) -> bool:
        """The period has not ended: who stands at a stage at its end stands there now."""
        return self.period.end > self.as_of


def funnel(actor: Actor, period: Period) -> Funnel:
    """Read the report about the customers this actor may see."""
    source, owner = func.lower(Customer.source), Customer.owner_id
    return Funnel(
        period,
        _stages(actor, period),
        [_way(actor, period, way) for way in WAYS],
        _grouped(actor, period, source, func.min(Customer.source)),
        _grouped(actor, period, owner, _name_of(owner)),
        now(),
    )


def _changes(actor: Actor, *columns: Any) -> Select[Any]:
    """Changes of stage of the customers that can be listed."""
    query = select(*columns).select_from(StageChange).join(Customer, Customer.person_id == StageChange.person_id)
    return query.where(visible_to(actor), Customer.erased_at.is_(None))


def _stages(actor: Actor, period: Period) -> list[StageLine]:
    standing = select(Customer.stage, func.count()).where(visible_to(actor), Customer.erased_at.is_(None))
    present: dict[str, int] = {stage: count for stage, count in db.session.execute(standing.group_by(Customer.stage))}
    is_inside = StageChange.at < period.end
    moves = _changes(actor, StageChange.before, ENTERED, is_inside, func.count()).where(StageChange.at >= period.start)
    moved = db.session.execute(moves.group_by(StageChange.before, ENTERED, is_inside)).all()
    people = _people(actor, period)
    return [_stage(stage, present.get(stage, 0), moved, people) for stage in STAGES]


def _stage(stage: str, present: int, moved: Sequence[Any], people: dict[tuple[str, str], int]) -> StageLine:
    """Count back from the present: who came since is taken off, who left is added."""

    def net(*, inside: bool) -> int:
        return sum(
            ((after == stage) - (before == stage)) * count
            for before, after, is_inside, count in moved
            if is_inside is inside
        )

    at_end = present - net(inside=False)
    came, left = people.get(("came", stage), 0), people.get(("left", stage), 0)
    return StageLine(stage, at_end - net(inside=True), came, left, at_end)


def _people(actor: Actor, period: Period) -> dict[tuple[str, str], int]:
    """How many different people came to and left each stage."""
    counted = {}
    for what, column in (("came", ENTERED), ("left", StageChange.before)):
        query = _changes(actor, column, func.count(StageChange.person_id.distinct())).group_by(column)
        for stage, count in db.session.execute(query.where(*_within(period))):
            counted[what, stage] = count
    return counted


def _within(period: Period) -> tuple[Any, Any]:
    return StageChange.at >= period.start, StageChange.at < period.end


def _cohort(actor: Actor, period: Period, way: Way) -> Any:
    """Everybody who set out in the period: (person_id, arrived_at None for who has not, seconds it took)."""
    came = _changes(actor, StageChange.person_id, func.min(StageChange.at).label("at"))
    came_by = came.where(ENTERED.in_(way.left), *_within(period)).group_by(StageChange.person_id).cte("came")
    arrived_at = func.min(StageChange.at).filter(StageChange.at >= came_by.c.at)
    return (
        select(
            came_by.c.person_id,
            func.count(StageChange.change_id).label("arrivals"),
            cast(func.extract("epoch", arrived_at - came_by.c.at), Float).label("seconds"),
        )
        .outerjoin(
            StageChange,
            (StageChange.person_id == came_by.c.person_id)
            & ENTERED.in_(way.reached)
            & (StageChange.at >= period.start),
        )
        .group_by(came_by.c.person_id, came_by.c.at)
        .subquery()
    )


def _measures(cohort: Any, way: Way) -> tuple[Any, ...]:
    arrived = (cohort.c.arrivals > 0) & Customer.stage.in_(way.stands)
    return (
        func.count(),
        func.count().filter(arrived),
        func.percentile_cont(0.5).within_group(cohort.c.seconds).filter(arrived),
    )


def _way(actor: Actor, period: Period, way: Way) -> WayLine:
    cohort = _cohort(actor, period, way)
    query = select(*_measures(cohort, way)).select_from(cohort).join(Customer, Customer.person_id == cohort.c.person_id)
    return WayLine(way, *db.session.execute(query).one())


def _grouped(actor: Actor, period: Period, group: Any, name: Any) -> list[WayLine]:
    """The whole way, for each source or owner as they are now; those most came by first."""
    cohort = _cohort(actor, period, ALL_THE_WAY)
    query: Select[Any] = (
        select(*_measures(cohort, ALL_THE_WAY), group, name)
        .select_from(cohort)
        .join(Customer, Customer.person_id == cohort.c.person_id)
        .group_by(group)
        .order_by(func.count().desc(), group)
        .limit(MOST_GROUPS)
    )
    return [
        WayLine(ALL_THE_WAY, came, arrived, seconds, value, label, is_group=True)
        for came, arrived, seconds, value, label in db.session.execute(query).all()
    ]


def _name_of(owner: Any) -> Any:
    name = func.trim(Employee.first_name + " " + Employee.last_name)
    return select(name).where(Employee.person_id == owner).scalar_subquery()
