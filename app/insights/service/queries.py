"""What the metrics come to, and the rows behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, literal, or_, select, true, tuple_, union_all
from sqlalchemy import false as nobody

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.redis import cached_when_slow
from app.insights.periods import Period
from app.insights.service.metrics import METRICS, Metric
from app.people.models import Employee

FEW = 5
ROWS_PER_PAGE = 50
KEPT_SECONDS = 60


@dataclass(frozen=True)
class Asked:
    """Of what days, and of whom: one employee, one team, or everybody the actor may see."""

    actor: Actor
    period: Period
    employee_id: UUID | None = None
    team: str = ""

    def query(self) -> dict[str, str]:
        """As it stands in an address."""
        narrowed = {"employee": str(self.employee_id or ""), "team": self.team}
        return self.period.query() | {name: value for name, value in narrowed.items() if value}

    @property
    def key(self) -> str:
        """What tells apart who sees what."""
        scope = self.actor.scope("performance.read")
        seen_by = {"all": "all", "team": self.actor.department}.get(scope or "", str(self.actor.id))
        return f"service:{self.period.first}:{self.period.last}:{seen_by}:{self.employee_id}:{self.team}"


@dataclass(frozen=True)
class Figure:
    """What some rows come to. `met` of the `promised`, which had a target, were in time."""

    count: int = 0
    mean: float | None = None
    median: float | None = None
    p90: float | None = None
    promised: int = 0
    met: int = 0
    total: float = 0.0

    @property
    def is_few(self) -> bool:
        """Too few rows for an average to mean much."""
        return self.count < FEW

    @property
    def met_share(self) -> float | None:
        """Which part of what had a target was in time."""
        return self.met / self.promised if self.promised else None

    def value(self, metric: Metric) -> float | None:
        """The figure that stands first."""
        if metric.summary == "count":
            return self.count
        return {"median": self.median, "mean": self.mean, "sum": self.total}[metric.summary]


NOTHING = Figure()


@dataclass(frozen=True)
class Result:
    """A metric in a period, beside the span before, and by group in order."""

    metric: Metric
    now: Figure = NOTHING
    before: Figure = NOTHING
    groups: Mapping[str, Figure] = field(default_factory=dict)

    @property
    def change(self) -> float | None:
        """The change as a share of the earlier value; None where there is nothing to compare with."""
        old, new = self.before.value(self.metric), self.now.value(self.metric)
        return None if not old or new is None else (new - old) / abs(old)


@dataclass(frozen=True)
class Service:
    """All metrics, and of what moment they are."""

    results: Mapping[str, Result]
    as_of: datetime

    @property
    def rated_share(self) -> float | None:
        """Which part of the conversations that were closed got a rating."""
        closed = self.results["resolution"].now.count
        return min(1.0, self.results["ratings"].now.count / closed) if closed else None


def read_service(asked: Asked) -> Service:
    """All metrics by one statement; where that took long, as they were at most a minute ago."""
    kept = cached_when_slow(asked.key, KEPT_SECONDS, lambda: {"at": now().isoformat(), "rows": _figures(asked)})
    figures = {(key, is_now, grp): Figure(*values) for key, is_now, grp, *values in kept["rows"]}
    results = {
        key: Result(
            metric,
            figures.get((key, True, None), NOTHING),
            figures.get((key, False, None), NOTHING),
            {grp: figures[key, True, grp] for grp in _ordered(metric, figures)},
        )
        for key, metric in METRICS.items()
    }
    return Service(results, datetime.fromisoformat(kept["at"]))


def _ordered(metric: Metric, figures: Mapping[tuple[str, bool, str | None], Figure]) -> list[str]:
    groups = [grp for key, is_now, grp in figures if key == metric.key and is_now and grp is not None]
    if metric.by == "label":
        return sorted(groups, key=lambda grp: (-figures[metric.key, True, grp].count, grp))
    return sorted(groups, reverse=metric.by == "stars")


def _figures(asked: Asked) -> list[list[Any]]:
    parts = [
        select(literal(key).label("key"), literal(is_now).label("is_now"), rows.c.grp, rows.c.value, rows.c.is_met)
        for key, metric in METRICS.items()
        for span, is_now in ((asked.period, True), (asked.period.before, False))
        for rows in (seen(asked, metric, span).subquery(),)
    ]
    row = union_all(*parts).subquery().c
    totals, groups = tuple_(row.key, row.is_now), tuple_(row.key, row.is_now, row.grp)
    statement = select(
        row.key,
        row.is_now,
        case((func.grouping(row.grp) == 0, row.grp)),
        func.count(),
        func.avg(row.value),
        func.percentile_cont(0.5).within_group(row.value),
        func.percentile_cont(0.9).within_group(row.value),
        func.count(row.is_met),
        func.count().filter(row.is_met),
        func.coalesce(func.sum(row.value), 0.0),
    ).group_by(func.grouping_sets(totals, groups))
    return [list(found) for found in db.session.execute(statement)]


def seen(asked: Asked, metric: Metric, period: Period) -> Select[Any]:
    """A metric's rows, narrowed to whom is asked for and to whom the actor may see: what every number is made of."""
    rows = metric.rows(period).subquery()
    wanted = [_reach(asked.actor, rows.c)]
    if asked.employee_id is not None:
        wanted.append(rows.c.employee_id == asked.employee_id)
    if asked.team:
        wanted.append(rows.c.team == asked.team)
    return select(rows).where(*wanted)


def _reach(actor: Actor, row: Any) -> ColumnElement[bool]:
    scope = actor.scope("performance.read")
    if scope == "all":
        return true()
    own = row.employee_id == actor.id
    if scope == "team":
        return or_(own, row.team == actor.department) if actor.department else own
    return own if scope == "own" else nobody()


def list_rows(
    asked: Asked, metric: Metric, group: str | None = None, *, offset: int = 0, limit: int = ROWS_PER_PAGE
) -> Sequence[Any]:
    """The rows of a number, the newest first, with the employee's name; one more than asked for."""
    rows = seen(asked, metric, asked.period).subquery()
    query = (
        select(*rows.c, Employee.first_name, Employee.last_name)
        .outerjoin(Employee, Employee.person_id == rows.c.employee_id)
        .order_by(rows.c.at.desc(), rows.c.about_id, rows.c.grp)
    )
    if group is not None:
        query = query.where(rows.c.grp == group)
    return db.session.execute(query.offset(offset).limit(limit + 1)).all()


def list_choices(actor: Actor) -> tuple[list[tuple[UUID, str]], list[str]]:
    """Whom and which teams one may ask about."""
    order = (Employee.last_name, Employee.first_name, Employee.person_id)
    query = select(Employee).where(Employee.erased_at.is_(None)).order_by(*order)
    people = db.session.scalars(query.where(_reach(actor, _People))).all()
    return [(one.person_id, one.name) for one in people], sorted({one.department for one in people if one.department})


class _People:
    """Employees as rows about themselves."""

    employee_id = Employee.person_id
    team = Employee.department
