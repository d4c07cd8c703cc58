"""Reading schedules and their runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, Text, cast, func, literal, select, text
from sqlalchemy.orm import aliased

from app.core import metrics
from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Order, Page, keyset
from app.engine.schedules.models import Schedule, ScheduleRun

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
STATES = ("active", "paused", "ended")
_next = func.coalesce(Schedule.next_due_at, literal(NEVER))

ORDERS = {
    "next": Order((_next, Schedule.schedule_id), "Next"),
    "name": Order((func.lower(Schedule.name), Schedule.schedule_id), "Name"),
    "created": Order((Schedule.created_at, Schedule.schedule_id), "Made"),
}
RUN_ORDERS = {"due": Order((ScheduleRun.due_at, ScheduleRun.run_id), "Due", descending=True)}


@dataclass(frozen=True)
class ScheduleFilter:
    """What a list of schedules is narrowed to. `q`: part of the name; `state`: one of STATES, "" for all."""

    q: str = ""
    state: str = ""
    job: str = ""


class Row(NamedTuple):
    """A schedule with its latest run, if there was one."""

    schedule: Schedule
    last_run: ScheduleRun | None


def get_schedule(schedule_id: UUID) -> Schedule:
    """Raises: NotFound."""
    found = db.session.get(Schedule, schedule_id)
    if found is None:
        raise NotFound
    return found


def find_owned(owner_kind: str, owner_id: UUID, job: str) -> Schedule | None:
    """The schedule by which a thing has some work done."""
    query = select(Schedule).where(
        Schedule.owner_kind == owner_kind, Schedule.owner_id == owner_id, Schedule.job == job
    )
    return db.session.scalar(query)


def find_named(words: str) -> Sequence[Schedule]:
    """Schedules of exactly this name or number."""
    return db.session.scalars(
        select(Schedule).where((Schedule.name == words) | (cast(Schedule.schedule_id, Text) == words))
    ).all()


def list_schedules(wanted: ScheduleFilter, *, sort: str = "next", cursor: str = "", size: int = 25) -> Page[Row]:
    """Schedules with their latest runs, the next to come due first."""
    one = aliased(ScheduleRun)
    of_schedule = select(one.run_id).where(one.schedule_id == Schedule.schedule_id)
    latest = of_schedule.order_by(one.due_at.desc()).limit(1).correlate(Schedule).scalar_subquery()
    query = select(Schedule, ScheduleRun).outerjoin(ScheduleRun, ScheduleRun.run_id == latest)
    page = keyset(
        _narrowed(query, wanted),
        orders=ORDERS,
        sort=sort,
        cursor=cursor,
        size=size,
        key=lambda row: [_sort_value(row[0], sort), row[0].schedule_id],
    )
    return replace(page, rows=[Row(row[0], row[1]) for row in page.rows])


def _sort_value(schedule: Schedule, sort: str) -> object:
    by_name = {"name": schedule.name.lower(), "created": schedule.created_at}
    return by_name.get(sort.removeprefix("-"), schedule.next_due_at or NEVER)


def _narrowed(query: Select[*tuple[Any, ...]], wanted: ScheduleFilter) -> Select[*tuple[Any, ...]]:
    if wanted.q:
        query = query.where(Schedule.name.icontains(wanted.q, autoescape=True))
    if wanted.job:
        query = query.where(Schedule.job == wanted.job)
    if wanted.state == "paused":
        query = query.where(Schedule.paused_at.is_not(None))
    elif wanted.state:
        is_coming = Schedule.next_due_at.is_not(None)
        query = query.where(Schedule.paused_at.is_(None), is_coming if wanted.state == "active" else ~is_coming)
    return query


def list_runs(schedule_id: UUID, limit: int = 20) -> Sequence[ScheduleRun]:
    """The latest runs."""
    query = select(ScheduleRun).where(ScheduleRun.schedule_id == schedule_id)
    return db.session.scalars(query.order_by(ScheduleRun.due_at.desc()).limit(limit)).all()


def page_of_runs(schedule_id: UUID, cursor: str, size: int) -> Page[ScheduleRun]:
    """The runs by pages, the latest due time first."""
    page = keyset(
        select(ScheduleRun).where(ScheduleRun.schedule_id == schedule_id),
        orders=RUN_ORDERS,
        sort="due",
        cursor=cursor,
        size=size,
    )
    return page.scalars()


def find_unfinished(schedule_id: UUID) -> ScheduleRun | None:
    """The run that is waiting or going on, the first of several."""
    query = select(ScheduleRun).where(ScheduleRun.schedule_id == schedule_id, ScheduleRun.finished_at.is_(None))
    return db.session.scalar(query.order_by(ScheduleRun.due_at).limit(1))


@metrics.collector
def _how_late() -> Iterable[tuple[str, str, dict[str, str], float]]:
    count, late, overdue = db.session.execute(
        text(
            "SELECT count(*), coalesce(extract(epoch FROM now() - min(next_due_at)), 0),"
            " count(*) FILTER (WHERE next_due_at <= now()) FROM schedules WHERE next_due_at IS NOT NULL"
        )
    ).one()
    yield "rapport_schedules_active", "Schedules that come due some time", {}, count
    yield "rapport_schedules_overdue", "Schedules that are due and were not started yet", {}, overdue
    yield "rapport_schedules_due_lag_seconds", "How long the oldest of them waits", {}, max(0, late)
    for state, number in db.session.execute(
        text("SELECT state, count(*) FROM schedule_runs WHERE finished_at IS NULL GROUP BY state")
    ):
        yield "rapport_schedule_runs", "Runs that have not ended", {"state": state}, number
