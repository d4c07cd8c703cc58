"""Numbers about people, and the rows behind them."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Float, Select, cast, func, literal, select, true, tuple_, union_all

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import NotFound
from app.core.redis import cached
from app.insights.access import can_see
from app.insights.measures import MEASURES, Measure
from app.insights.periods import Period
from app.people.models import Employee

ROWS_PER_PAGE = 50
Z_95 = 1.96
FRESH_SECONDS = 15


@dataclass(frozen=True)
class Figure:
    """What a measure comes to for one employee (or all of them) in one period."""

    count: int = 0
    total: float = 0.0
    mean: float | None = None
    deviation: float | None = None
    median: float | None = None
    p90: float | None = None

    @property
    def margin(self) -> float | None:
        """Half the width of the mean's 95 % interval; None below two rows."""
        if self.deviation is None or self.count < 2:
            return None
        return Z_95 * self.deviation / math.sqrt(self.count)

    def value(self, measure: Measure) -> float | None:
        """The figure the measure shows first."""
        if measure.summary == "count":
            return self.count
        if self.count == 0:
            return None
        return {"median": self.median, "mean": self.mean, "sum": self.total}[measure.summary]


NOTHING = Figure()


@dataclass(frozen=True)
class Comparison:
    """A figure beside the one of the span before."""

    measure: Measure
    now: Figure
    before: Figure

    @property
    def change(self) -> float | None:
        """The change as a share of the earlier value; None where there is nothing to compare with."""
        old, new = self.before.value(self.measure), self.now.value(self.measure)
        return None if not old or new is None else (new - old) / abs(old)

    @property
    def is_better(self) -> bool | None:
        """Whether the change is for the good; None without one."""
        return None if not self.change else (self.change > 0) == self.measure.more_is_better


@dataclass(frozen=True)
class Line:
    """One employee with all measures, in the order of MEASURES."""

    employee_id: UUID
    name: str
    department: str
    comparisons: dict[str, Comparison]


@dataclass(frozen=True)
class Performance:
    """A period's numbers: everybody together, and each employee."""

    period: Period
    team: dict[str, Comparison]
    lines: Sequence[Line]
    as_of: datetime


def performance(actor: Actor, period: Period, employee_id: UUID | None = None) -> Performance:
    """Everything the performance page shows, for the employees this actor may see, in two statements.

    Raises: NotFound when the one employee asked for is not among them.
    """
    visible = [employee for employee in _employees() if can_see(actor, employee)]
    if employee_id is not None:
        visible = [employee for employee in visible if employee.person_id == employee_id]
        if not visible:
            raise NotFound
    figures, as_of = _figures(period, [employee.person_id for employee in visible])

    def compare(who: str) -> dict[str, Comparison]:
        return {
            key: Comparison(measure, figures.get((key, who, True), NOTHING), figures.get((key, who, False), NOTHING))
            for key, measure in MEASURES.items()
        }

    lines = [
        Line(employee.person_id, employee.name, employee.department, compare(str(employee.person_id)))
        for employee in visible
    ]
    return Performance(period, compare(""), [line for line in lines if employee_id or _did_anything(line)], as_of)


def _did_anything(line: Line) -> bool:
    return any(pair.now.count or pair.before.count for pair in line.comparisons.values())


def _employees() -> Sequence[Employee]:
    order = (Employee.last_name, Employee.first_name, Employee.person_id)
    return db.session.scalars(select(Employee).order_by(*order)).all()


def _figures(period: Period, employees: Sequence[UUID]) -> tuple[dict[tuple[str, str, bool], Figure], datetime]:
    """All figures of some employees by measure, employee ("" for all) and span, and when they were read.

    That was at most some seconds ago.
    """
    who = hashlib.sha256(b"".join(employee.bytes for employee in employees)).hexdigest()[:16]
    key = f"performance:{period.first}:{period.last}:{who}"
    kept = cached(key, FRESH_SECONDS, lambda: {"at": now().isoformat(), "rows": _read_figures(period, employees)})
    figures = {(measure, employee, is_now): Figure(*values) for measure, employee, is_now, *values in kept["rows"]}
    return figures, datetime.fromisoformat(kept["at"])


def _read_figures(period: Period, employees: Sequence[UUID]) -> list[list[Any]]:
    parts = [
        _named(measure, span, is_now)
        for measure in MEASURES.values()
        for span, is_now in ((period, True), (period.before, False))
    ]
    rows = union_all(*parts).subquery()
    value = rows.c.value
    keys = (rows.c.measure, rows.c.is_now)
    statement = (
        select(
            rows.c.measure,
            rows.c.employee_id,
            rows.c.is_now,
            func.count(),
            func.sum(value),
            func.avg(value),
            func.stddev_samp(value),
            func.percentile_cont(0.5).within_group(value),
            func.percentile_cont(0.9).within_group(value),
        )
        .where(rows.c.employee_id.in_(employees))
        .group_by(func.grouping_sets(tuple_(*keys, rows.c.employee_id), tuple_(*keys)))
    )
    found = db.session.execute(statement)
    return [[row[0], str(row[1] or ""), *row[2:]] for row in found]


def _named(measure: Measure, period: Period, is_now: bool) -> Select[Any]:
    rows = measure.rows(period).subquery()
    return select(
        literal(measure.key).label("measure"),
        (true() if is_now else ~true()).label("is_now"),
        rows.c.employee_id,
        cast(rows.c.value, Float).label("value"),
    )


def list_rows(
    actor: Actor,
    measure: Measure,
    period: Period,
    employee_id: UUID | None,
    *,
    offset: int = 0,
    limit: int = ROWS_PER_PAGE,
    at_most: float | None = None,
) -> Sequence[Any]:
    """The rows a number is made of, newest first, with the employee's name; one more than asked for.

    `at_most` keeps only rows of that value or less.
    Shape: (employee_id, at, value, about_id, title, detail, first_name, last_name).
    """
    visible = [
        employee.person_id
        for employee in _employees()
        if can_see(actor, employee) and employee_id in (None, employee.person_id)
    ]
    if not visible:
        raise NotFound
    rows = measure.rows(period).subquery()
    statement = (
        select(*rows.c, Employee.first_name, Employee.last_name)
        .join(Employee, Employee.person_id == rows.c.employee_id)
        .where(rows.c.employee_id.in_(visible), true() if at_most is None else rows.c.value <= at_most)
        .order_by(rows.c.at.desc(), rows.c.about_id)
        .offset(offset)
        .limit(limit + 1)
    )
    return db.session.execute(statement).all()


def daily(actor: Actor, measure: Measure, period: Period) -> list[float]:
    """A measure's count or total for each day of the period, in order (for a sparkline)."""
    rows = measure.rows(period).subquery()
    day = func.date(func.timezone(str(period.zone), rows.c.at))
    figure = func.sum(cast(rows.c.value, Float)) if measure.summary == "sum" else func.count()
    statement = select(day, figure).where(rows.c.employee_id == actor.id).group_by(day)
    by_day = {row[0]: float(row[1]) for row in db.session.execute(statement)}
    return [by_day.get(period.first + timedelta(days=n), 0.0) for n in range(period.days)]
