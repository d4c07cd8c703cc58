"""Finding tasks."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    text,
    true,
)

from app.core import metrics
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, one_of
from app.core.errors import Invalid, NotFound
from app.core.paging import Count, Order, Page, estimate, keyset, ordered
from app.engine.filters.queries import here_and_now
from app.engine.filters.sql import narrow
from app.engine.filters.tree import Filter
from app.engine.records import kinds as records
from app.engine.records.kinds import Record
from app.people.models import Employee, Person
from app.tasks.access import team_of, visible_to
from app.tasks.models import Task
from app.tasks.moments import zone_of

PAGE_SIZE = 25
MOST_ON_SHEET = 1_000
MOST_WORDS = 6
SHOWN_DONE = timedelta(days=14)
WHOSE = ("mine", "team", "all")
WHEN = ("", "overdue", "today", "upcoming", "none")
NOBODY = literal("", Text)

ORDERS = {
    "due": Order((Task.due_at, Task.task_id), "Due", has_gaps=True),
    "done": Order((Task.done_at, Task.task_id), "Done", has_gaps=True),
    "created": Order((Task.created_at, Task.task_id), "Added"),
    "title": Order((Task.title, Task.task_id), "Task"),
}
GROUPS: dict[str, ColumnElement[Any]] = {
    "kind": Task.kind.expression,
    "priority": Task.priority.expression,
    "state": Task.state.expression,
}


@dataclass(frozen=True)
class TaskFilter:
    """What a list of tasks is narrowed to; "" leaves it open. `state` "ended" is done or cancelled."""

    q: str = ""
    whose: str = "mine"
    when: str = ""
    state: str = "open"
    assignee_id: UUID | None = None
    record: tuple[str, UUID] | None = None
    where: Filter | None = None

    @property
    def is_usual(self) -> bool:
        """Nothing is narrowed beside what the tabs say."""
        return not (self.q or self.where or self.assignee_id or self.record)


@dataclass(frozen=True)
class TaskRow:
    """A task with whom it is for, and the record it is about as far as the reader may see it."""

    task: Task
    assignee: str
    record: Record | None = None


def get_task(actor: Actor, task_id: UUID) -> Task:
    """The door to one task. Raises: NotFound when not there or not visible to this actor."""
    task = db.session.scalar(select(Task).where(Task.task_id == task_id, visible_to(actor)))
    if task is None:
        raise NotFound
    return task


def get_row(actor: Actor, task_id: UUID) -> TaskRow:
    """One task as a row. Raises: as `get_task`."""
    found = db.session.execute(_rows().where(Task.task_id == task_id, visible_to(actor))).first()
    if found is None:
        raise NotFound
    return with_records(actor, [found])[0]


def list_tasks(
    actor: Actor,
    wanted: TaskFilter,
    *,
    sort: str = "due",
    cursor: str = "",
    size: int = PAGE_SIZE,
    group: str = "",
) -> Page[TaskRow]:
    """One page of the tasks this actor may see."""
    page = keyset(matching(actor, wanted, _rows()), orders=_orders(group), sort=sort, cursor=cursor, size=size)
    return replace(page, rows=with_records(actor, page.rows))


def select_tasks(actor: Actor, wanted: TaskFilter, *, sort: str, group: str) -> Select[Any]:
    """All tasks that a list finds, in its order."""
    return ordered(matching(actor, wanted, _rows()), _orders(group), sort)


def _orders(group: str) -> dict[str, Order]:
    return {key: order.led_by(GROUPS.get(group)) for key, order in ORDERS.items()}


def count_tasks(actor: Actor, wanted: TaskFilter, *, group: str = "") -> Count:
    """How many tasks the list has, in bounded time."""
    today = now().astimezone(ZoneInfo(zone_of(actor))).date()
    known_as = f"tasks {actor.id} {today} {wanted!r}"
    return estimate(matching(actor, wanted, select(Task)), known_as=known_as, group=GROUPS.get(group))


def list_waiting(actor: Actor, limit: int) -> Sequence[TaskRow]:
    """An actor's own tasks that are late or due today, the longest late first."""
    query = _rows().where(Task.state == "open", Task.assignee_id == actor.id, Task.due_at <= end_of_today(actor))
    return with_records(actor, db.session.execute(query.order_by(Task.due_at, Task.task_id).limit(limit)).all())


def list_on_days(actor: Actor, first: date, last: date) -> Sequence[Task]:
    """An actor's own tasks that are due on some days, cancelled ones left out."""
    query = select(Task).where(
        Task.assignee_id == actor.id, Task.due_on.between(first, last), Task.state != "cancelled"
    )
    return db.session.scalars(query.order_by(Task.due_on, Task.due_time, Task.task_id).limit(MOST_ON_SHEET)).all()


def search_tasks(actor: Actor, words: str, limit: int) -> Sequence[Task]:
    """Open tasks of these words, the next to come due first."""
    query = matching(actor, TaskFilter(q=words, whose="all"), select(Task))
    return db.session.scalars(query.order_by(Task.due_at.nulls_last(), Task.task_id).limit(limit)).all()


def find_names(actor: Actor, ids: Collection[UUID]) -> dict[UUID, str]:
    """The titles of those of some tasks that this actor may see."""
    query = select(Task.task_id, Task.title).where(one_of(Task.task_id, ids), visible_to(actor))
    return dict(db.session.execute(query).tuples().all())


def list_assignees() -> Sequence[tuple[UUID, str]]:
    """Who can be given tasks."""
    works_here = (Employee.deactivated_at.is_(None), Employee.erased_at.is_(None))
    query = select(Employee.person_id, Employee.name).where(*works_here).order_by(Employee.name, Employee.person_id)
    return db.session.execute(query).tuples().all()


def of_record(actor: Actor, kind: str, record_id: BindParameter[UUID] | UUID) -> Select[*tuple[Any, ...]]:
    """A record's open tasks and those done lately, by due time; one row in any case, which says whose they are."""
    whose = record_id if isinstance(record_id, BindParameter) else literal(record_id, Uuid)
    about = select(literal(kind, Text).label("record_kind"), whose.label("record_id")).subquery()
    is_its = and_(
        Task.record_id == about.c.record_id,
        Task.record_kind == kind,
        visible_to(actor),
        or_(Task.state == "open", and_(Task.state == "done", Task.done_at > func.now() - SHOWN_DONE)),
    )
    return (
        select(
            about.c.record_kind,
            about.c.record_id,
            Task.task_id,
            Task.title,
            Task.kind,
            Task.priority,
            Task.state,
            Task.due_on,
            func.to_char(Task.due_time, "HH24:MI").label("due_time"),
            and_(Task.state == "open", Task.due_at <= func.now()).label("is_late"),
            Task.series_id.is_not(None).label("is_repeated"),
            Employee.name.label("assignee"),
        )
        .select_from(about)
        .outerjoin(Task, is_its)
        .outerjoin(Employee, Employee.person_id == Task.assignee_id)
        .order_by(Task.state != "open", Task.due_at.nulls_last(), Task.task_id)
        .limit(30)
    )


def list_of_record(actor: Actor, kind: str, record_id: UUID) -> Sequence[Any]:
    """The lines of a record's panel."""
    return db.session.execute(of_record(actor, kind, record_id)).mappings().all()


def line_of(row: TaskRow) -> dict[str, Any]:
    """A task as one line of a panel or of Today."""
    task = row.task
    return {
        "task_id": task.task_id,
        "title": task.title,
        "kind": task.kind,
        "priority": task.priority,
        "state": task.state,
        "due_on": task.due_on,
        "due_time": f"{task.due_time:%H:%M}" if task.due_time else None,
        "is_late": task.is_late,
        "is_repeated": task.series_id is not None,
        "assignee": row.assignee,
        "about": row.record,
    }


def end_of_today(actor: Actor) -> datetime:
    """When the actor's day is over."""
    zone = ZoneInfo(zone_of(actor))
    tomorrow = now().astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone)


def _rows() -> Select[*tuple[Any, ...]]:
    assignee = func.coalesce(Person.name, "").label("assignee")
    return select(Task, assignee).outerjoin(Person, Person.person_id == Task.assignee_id)


def with_records(actor: Actor, rows: Sequence[Any]) -> list[TaskRow]:
    """The rows with what they are about; a statement for each kind of record among them."""
    found = records.find_records(actor, {row[0].record for row in rows if row[0].record})
    return [TaskRow(row[0], row[1], found.get(row[0].record)) for row in rows]


def matching(actor: Actor, wanted: TaskFilter, query: Select[Any]) -> Select[Any]:
    """A query on tasks, narrowed to those wanted that the actor may see."""
    query = query.where(
        visible_to(actor), _is_of(actor, wanted.whose), _is_in(wanted.state), _is_due(actor, wanted.when)
    )
    if wanted.assignee_id:
        query = query.where(Task.assignee_id == wanted.assignee_id)
    if wanted.record:
        query = query.where(Task.record_kind == wanted.record[0], Task.record_id == wanted.record[1])
    if wanted.q:
        query = query.where(*(_says(word) for word in wanted.q.split()[:MOST_WORDS]))
    if wanted.where:
        query = narrow(query, wanted.where, here_and_now())
    return query


def _is_of(actor: Actor, whose: str) -> ColumnElement[bool]:
    if whose == "mine":
        return Task.assignee_id == actor.id
    return Task.assignee_id.in_(team_of(actor)) if whose == "team" else true()


def _is_in(state: str) -> ColumnElement[bool]:
    states = {"ended": Task.state != "open", "all": true()}
    return states[state] if state in states else Task.state == state


def _is_due(actor: Actor, when: str) -> ColumnElement[bool]:
    if when not in WHEN:
        raise Invalid("This list has no such view.")
    end = end_of_today(actor)
    return {
        "": true(),
        "overdue": Task.due_at <= now(),
        "today": and_(Task.due_at > now(), Task.due_at <= end),
        "upcoming": Task.due_at > end,
        "none": Task.due_at.is_(None),
    }[when]


def _says(word: str) -> ColumnElement[bool]:
    plain = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return func.fold(Task.title).like(func.fold(literal(f"%{plain}%")))


IS_DUE_TODAY = (
    select(func.count())
    .select_from(Task)
    .where(
        Task.state == "open",
        Task.assignee_id == bindparam("person_id", type_=Uuid()),
        Task.due_at
        <= func.timezone(
            bindparam("time_zone", type_=Text()),
            func.date_trunc("day", func.timezone(bindparam("time_zone", type_=Text()), func.now()))
            + text("interval '1 day'"),
        ),
    )
    .scalar_subquery()
)
"""How many of a person's tasks are late or due today."""


@metrics.collector
def _how_many() -> Iterable[tuple[str, str, dict[str, str], float]]:
    late = and_(Task.state == "open", Task.due_at <= func.now())
    what = case((late, "late"), else_=Task.state)
    lately = or_(Task.state == "open", Task.done_at > func.now() - timedelta(days=1))
    for state, number in db.session.execute(select(what, func.count()).where(lately).group_by(what)):
        yield (
            "rapport_tasks",
            "Tasks that are open or late, and those ended in the last 24 hours",
            {"state": state},
            number,
        )
    waiting = and_(Task.state == "open", Task.reminded_at.is_(None), Task.remind_at <= func.now())
    lag = select(func.extract("epoch", func.now() - func.min(Task.remind_at))).where(waiting)
    yield "rapport_task_reminders_lag_seconds", "How long the oldest reminder waits", {}, db.session.scalar(lag) or 0
