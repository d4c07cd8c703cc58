"""What tasks and their runs came to. Added up over chunks, never over people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, true

from app.core.db import db, one_of
from app.core.errors import NotFound
from app.core.paging import Order, Page, keyset
from app.reach.models import Chunk, Run, TouchTask
from app.reach.queries import get_run, unreached
from app.segments.models import Segment

TASK_ORDERS = {
    "number": Order((TouchTask.id,), "Number"),
    "name": Order((TouchTask.name, TouchTask.id), "Name"),
}
RUN_ORDERS = {"started": Order((Run.run_id,), "Started", descending=True)}


@dataclass(frozen=True)
class TaskFilter:
    """Which tasks a list shows."""

    q: str = ""
    state: str = ""


class Figures(NamedTuple):
    """What tasks or runs came to, added up. Whom the next channel reached did not fail."""

    audience: int = 0
    planned: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
    excluded: int = 0
    runs: int = 0

    @property
    def done(self) -> int:
        """Of how many it is settled what became of them."""
        return self.sent + self.failed + self.unknown + self.excluded


class Listed(NamedTuple):
    """A task with its figures, and the name of its segment."""

    task: TouchTask
    figures: Figures
    segment: str | None


def list_tasks(wanted: TaskFilter, *, sort: str = "-number", cursor: str = "", size: int = 25) -> Page[Listed]:
    """A page of tasks with their figures."""
    query = select(TouchTask)
    if wanted.state:
        query = query.where(TouchTask.state == wanted.state)
    if wanted.q:
        numbers = [TouchTask.task_no == int(wanted.q)] if wanted.q.isascii() and wanted.q.isdigit() else []
        query = query.where(or_(TouchTask.name.icontains(wanted.q, autoescape=True), *numbers))
    page = keyset(query, orders=TASK_ORDERS, sort=sort, cursor=cursor, size=size)
    tasks = [row[0] for row in page.rows]
    figures, segments = figures_of([task.id for task in tasks]), _segments_of(tasks)
    rows = [Listed(task, figures.get(task.id, Figures()), segments.get(task.segment_id)) for task in tasks]
    return Page(rows, page.next, page.previous, page.size, page.sort)


def figures_of(task_ids: Sequence[int]) -> dict[int, Figures]:
    """What these tasks came to, over all their runs; one statement."""
    if not task_ids:
        return {}
    of_runs = (
        select(Run.task_id, func.sum(Run.audience), func.sum(Run.planned), func.count().label("runs"))
        .where(Run.task_id.in_(task_ids))
        .group_by(Run.task_id)
        .subquery()
    )
    sums = _sums()
    of_chunks = (
        select(Run.task_id, *(one.label(f"sum{place}") for place, one in enumerate(sums)))
        .join(Chunk, Chunk.run_id == Run.run_id)
        .where(Run.task_id.in_(task_ids))
        .group_by(Run.task_id)
        .subquery()
    )
    counted = [func.coalesce(of_chunks.c[f"sum{place}"], 0) for place in range(len(sums))]
    task_id, meant, planned, runs = of_runs.c
    query = select(task_id, meant, planned, *counted, runs).outerjoin(of_chunks, of_chunks.c.task_id == task_id)
    return {key: Figures(*values) for key, *values in db.session.execute(query)}


def _sums() -> list[ColumnElement[int]]:
    sent, unknown, excluded = (func.coalesce(func.sum(one), 0) for one in (Chunk.sent, Chunk.unknown, Chunk.excluded))
    return [sent, unreached(), unknown, excluded]


def _segments_of(tasks: Sequence[TouchTask]) -> dict[UUID | None, str]:
    ids = {task.segment_id for task in tasks if task.segment_id}
    if not ids:
        return {}
    query = select(Segment.segment_id, Segment.name).where(one_of(Segment.segment_id, ids))
    return dict(db.session.execute(query).tuples().all())


def list_runs(task: TouchTask, cursor: str = "", size: int = 10) -> Page[tuple[Run, Figures]]:
    """The times a task went out, the last first, each with what it came to."""
    sums = _sums()
    counted = select(*(one.label(f"sum{place}") for place, one in enumerate(sums))).where(Chunk.run_id == Run.run_id)
    of_chunks = counted.lateral("of_chunks")
    query: Select[Any] = select(Run, *of_chunks.c).join(of_chunks, true()).where(Run.task_id == task.id)
    page = keyset(query, orders=RUN_ORDERS, sort="started", cursor=cursor, size=size)
    rows = [(run, Figures(run.audience, run.planned, *values)) for run, *values in page.rows]
    return Page(rows, page.next, page.previous, page.size)


def get_run_of(task: TouchTask, run_id: int) -> Run:
    """One run of a task. Raises: NotFound."""
    run = get_run(run_id)
    if run.task_id != task.id:
        raise NotFound
    return run
