"""What became of tasks, runs and deliveries. Progress is added up over chunks, never over people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, case, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import OperationalError
from sqlalchemy.types import Text

from app.core import metrics
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, limited, one_of
from app.core.errors import NotFound
from app.core.paging import Order, Page, keyset
from app.core.redis import cached_when_slow
from app.people import queries as people
from app.people.access import visible_to
from app.people.models import Customer
from app.reach.channels.models import Provider
from app.reach.models import Chunk, Delivery, Run, Step, TouchTask, Trigger
from app.reach.queries import KINDS, get_run, standing_first
from app.segments.models import Segment

TASK_ORDERS = {
    "number": Order((TouchTask.id,), "Number"),
    "name": Order((TouchTask.name, TouchTask.id), "Name"),
}
RUN_ORDERS = {"started": Order((Run.run_id,), "Started", descending=True)}
DELIVERY_ORDERS = {"person": Order((Delivery.person_id, Delivery.channel), "Person")}

BECAME: Mapping[str, tuple[str, ...]] = {
    "sent": ("sent",),
    "delivered": ("delivered", "opened", "clicked"),
    "failed": ("failed", "expired", "bounced"),
    "unknown": ("unknown", "intended"),
    "later": ("later",),
    "excluded": ("excluded",),
}
"""What became of a delivery, in few words: the kinds of its last step."""
FILTERS = {
    "": "All",
    "sent": "Sent",
    "delivered": "Delivered",
    "failed": "Failed",
    "unknown": "Not known",
    "waiting": "Waiting",
    "nothing": "Got nothing",
}
ARRIVED = ("delivered", "opened", "clicked")
RECEIPTS = (*ARRIVED, "bounced")
NOT_REACHED = ("failed", "expired", "bounced")
RATE_SECONDS = 60
OUTCOMES_BUDGET = "3s"
OUTCOMES_KEPT_SECONDS = 15


@dataclass(frozen=True)
class TaskFilter:
    """Which tasks a list shows."""

    q: str = ""
    state: str = ""


class Figures(NamedTuple):
    """What tasks or runs came to, added up."""

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


@dataclass(frozen=True)
class Part:
    """How far a run is by one channel. `dropped`: those whom a cancelled run left out.

    `delivered`, `bounced`: None where they were not counted in time.
    """

    channel: str
    planned: int
    sent: int
    failed: int
    unknown: int
    excluded: int
    left: int
    dropped: int
    delivered: int | None = None
    bounced: int | None = None

    @property
    def has_receipts(self) -> bool:
        """Somebody said of some of them whether they arrived."""
        return bool(self.delivered or self.bounced)

    @property
    def arrived(self) -> int:
        """How many arrived, as far as anybody says; else how many were sent."""
        return (self.delivered or 0) if self.has_receipts else self.sent

    @property
    def tried(self) -> int:
        """Those whom it was to reach: without those who were left out as it was sent."""
        return self.planned - self.excluded - self.dropped

    @property
    def success(self) -> float | None:
        """The share of them that arrived."""
        return self.arrived / self.tried if self.tried else None


class Failure(NamedTuple):
    """How many could not be reached for one cause."""

    channel: str
    kind: str
    code: str
    words: str
    many: int


@dataclass(frozen=True)
class Progress:
    """How far a run is, and how fast. `failures` is None where they were not counted in time."""

    parts: Sequence[Part]
    per_second: float
    ends_in_seconds: int | None
    failures: Sequence[Failure] | None = ()

    def _sum(self, name: str) -> int:
        return sum(getattr(part, name) for part in self.parts)

    @property
    def planned(self) -> int:
        """Messages that were to go."""
        return self._sum("planned")

    @property
    def sent(self) -> int:
        """Messages that went."""
        return self._sum("sent")

    @property
    def failed(self) -> int:
        """Messages that could not go."""
        return self._sum("failed")

    @property
    def unknown(self) -> int:
        """Messages of which nobody knows."""
        return self._sum("unknown")

    @property
    def excluded(self) -> int:
        """Who was left out as it was sent."""
        return self._sum("excluded")

    @property
    def left(self) -> int:
        """Messages still to go."""
        return self._sum("left")

    @property
    def dropped(self) -> int:
        """Messages that will not go any more."""
        return self._sum("dropped")

    @property
    def done(self) -> int:
        """Of how many it is settled what became of them."""
        return self.sent + self.failed + self.unknown + self.excluded


class DeliveryRow(NamedTuple):
    """A delivery and how it stands; `kind` None: nothing happened yet."""

    run_id: int
    person_id: UUID
    channel: str
    reason: str | None
    kind: str | None
    code: str | None
    words: str | None
    at: datetime | None
    name: str


class StepRow(NamedTuple):
    """One step, with the name of the provider."""

    step: Step
    provider: str | None


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
    sums = [func.coalesce(func.sum(one), 0) for one in (Chunk.sent, Chunk.failed, Chunk.unknown, Chunk.excluded)]
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


def _segments_of(tasks: Sequence[TouchTask]) -> dict[UUID | None, str]:
    ids = {task.segment_id for task in tasks if task.segment_id}
    if not ids:
        return {}
    query = select(Segment.segment_id, Segment.name).where(one_of(Segment.segment_id, ids))
    return dict(db.session.execute(query).tuples().all())


def list_runs(task: TouchTask, cursor: str = "", size: int = 10) -> Page[tuple[Run, Figures]]:
    """The times a task went out, the last first, each with what it came to."""
    sums = [func.coalesce(func.sum(one), 0) for one in (Chunk.sent, Chunk.failed, Chunk.unknown, Chunk.excluded)]
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


def progress_of(run: Run, *, with_outcomes: bool = False) -> Progress:
    """How far a run is, over its chunks; with `with_outcomes` also what receipts said and why some failed."""
    settled = Chunk.sent + Chunk.failed + Chunk.unknown + Chunk.excluded
    rest = Chunk.planned - settled
    since = max(run.expanded_at or run.started_at, now() - timedelta(seconds=RATE_SECONDS))
    query = (
        select(
            Chunk.channel,
            *(func.sum(one) for one in (Chunk.planned, Chunk.sent, Chunk.failed, Chunk.unknown, Chunk.excluded)),
            func.coalesce(func.sum(rest).filter(Chunk.state == "open"), 0),
            func.coalesce(func.sum(rest).filter(Chunk.state == "cancelled"), 0),
            func.coalesce(func.sum(settled).filter(or_(Chunk.state == "open", Chunk.finished_at >= since)), 0),
        )
        .where(Chunk.run_id == run.run_id)
        .group_by(Chunk.channel)
        .order_by(Chunk.channel)
    )
    counted = db.session.execute(query).tuples().all()
    outcomes = _outcomes(run) if with_outcomes else []
    parts = [_part(channel, figures, outcomes) for channel, *figures, _lately in counted]
    lately = sum(row[-1] for row in counted)
    per_second = lately / max(1.0, (now() - since).total_seconds())
    left = sum(part.left for part in parts)
    ends_in = round(left / per_second) if left and per_second else None
    failures = None if outcomes is None else [one for one in outcomes if one.kind in (*NOT_REACHED, "unknown")]
    return Progress(parts, per_second, ends_in, failures)


def _part(channel: str, figures: Sequence[int], outcomes: Sequence[Failure] | None) -> Part:
    counted = Part(channel, *figures)
    if outcomes is None:
        return counted
    arrived = sum(one.many for one in outcomes if one.channel == channel and one.kind == "delivered")
    bounced = sum(one.many for one in outcomes if one.channel == channel and one.kind == "bounced")
    return replace(counted, delivered=arrived, bounced=bounced)


def _outcomes(run: Run) -> list[Failure] | None:
    """What happened beyond being sent, by cause; None where counting takes too long. Kept a little where it is slow."""

    def count() -> list[list[Any]] | None:
        query = (
            select(Step.channel, Step.kind, Step.code, func.max(Step.words), func.count())
            .where(Step.run_id == run.run_id, Step.kind.not_in(("intended", "sent", "later")))
            .group_by(Step.channel, Step.kind, Step.code)
            .order_by(func.count().desc())
            .limit(200)
        )
        try:
            with limited(statement_timeout=OUTCOMES_BUDGET):
                return [list(row) for row in db.session.execute(query)]
        except OperationalError:
            return None

    found = cached_when_slow(f"reach:outcomes:{run.run_id}", OUTCOMES_KEPT_SECONDS, count)
    return None if found is None else [Failure(*row) for row in found]


def list_deliveries(
    actor: Actor, run: Run, became: str = "", *, code: str = "", cursor: str = "", size: int = 25
) -> Page[DeliveryRow]:
    """A page of a run's deliveries that this actor may see, those of one outcome."""
    query = select_deliveries(actor, run, became, code=code)
    page = keyset(
        query, orders=DELIVERY_ORDERS, sort="person", cursor=cursor, size=size, key=lambda row: (row[1], row[2])
    )
    return Page([DeliveryRow(*row) for row in page.rows], page.next, page.previous, page.size)


def select_deliveries(actor: Actor, run: Run, became: str = "", *, code: str = "") -> Select[Any]:
    """A run's deliveries that this actor may see. Shape: the columns of `DeliveryRow`."""
    last = (
        select(Step.kind, Step.code, Step.words, Step.at)
        .where(
            Step.run_id == Delivery.run_id,
            Step.person_id == Delivery.person_id,
            Step.channel == Delivery.channel,
            Step.day == run.day,
        )
        .order_by(*standing_first())
        .limit(1)
        .lateral("last")
    )
    query = (
        select(
            Delivery.run_id,
            Delivery.person_id,
            Delivery.channel,
            Delivery.reason,
            last.c.kind,
            last.c.code,
            last.c.words,
            last.c.at,
            Customer.name.label("name"),
        )
        .join(Customer, Customer.person_id == Delivery.person_id)
        .outerjoin(last, literal(value=True))
        .where(Delivery.run_id == run.run_id, Delivery.day == run.day, visible_to(actor))
    )
    if became == "nothing":
        return query.where(or_(Delivery.reason.is_not(None), last.c.kind == "excluded"))
    if became == "waiting":
        return query.where(Delivery.reason.is_(None), or_(last.c.kind.is_(None), last.c.kind == "later"))
    if became:
        query = query.where(_has_step(run, BECAME[became]), last.c.kind.in_(BECAME[became]))
    return query.where(last.c.code == code) if code else query


def _has_step(run: Run, kinds: Sequence[str]) -> Any:
    """So that an index leads to the few it is about."""
    of_delivery = and_(Step.person_id == Delivery.person_id, Step.channel == Delivery.channel)
    return select(Step.kind).where(Step.run_id == run.run_id, Step.kind.in_(kinds), of_delivery).exists()


@dataclass(frozen=True)
class History:
    """Everything that is known of one delivery."""

    task: TouchTask
    run: Run
    delivery: Delivery
    customer: Customer
    steps: Sequence[StepRow]
    trigger: Trigger | None


def history_of(actor: Actor, run_id: int, person_id: UUID, channel: str) -> History:
    """One delivery with each of its steps, in order. Raises: NotFound, also for whom this actor may not see."""
    run = get_run(run_id)
    delivery = db.session.get(Delivery, (run_id, person_id, channel, run.day))
    if delivery is None:
        raise NotFound
    customer = people.get_customer(actor, person_id)
    rank = func.array_position(literal(list(KINDS), ARRAY(Text)), Step.kind)
    taken = (
        select(Step, Provider.name)
        .outerjoin(Provider, Provider.provider_id == Step.provider_id)
        .where(Step.run_id == run_id, Step.person_id == person_id, Step.channel == channel)
        .order_by(Step.attempt, Step.at, rank)
    )
    steps = [StepRow(*row) for row in db.session.execute(taken)]
    its = select(Trigger).where(Trigger.run_id == run_id, Trigger.person_id == person_id).limit(1)
    task = db.session.get_one(TouchTask, run.task_id)
    return History(task, run, delivery, customer, steps, db.session.scalar(its))


def standing_of(history: History) -> Step | None:
    """The step that holds; None where nothing happened yet."""
    steps = [row.step for row in history.steps]
    return max(steps, key=lambda step: (step.attempt, KINDS.index(step.kind)), default=None)


def outcome_of(kind: str | None, reason: str | None) -> str:
    """How a delivery stands, as the filters have it."""
    if reason is not None:
        return "nothing"
    if kind is None or kind == "later":
        return "waiting"
    if kind == "excluded":
        return "nothing"
    return next((name for name, kinds in BECAME.items() if kind in kinds), "unknown")


WAITING_CHUNK = and_(Chunk.state == "open", Run.state == "sending", TouchTask.state == "running")


def backlog() -> tuple[int, float]:
    """How many chunks wait to be sent, and for how many seconds the one that was due first."""
    due = case((Run.expanded_at > Run.due_at, Run.expanded_at), else_=Run.due_at)
    age = func.extract("epoch", func.now() - func.min(due))
    query = select(func.count(), func.coalesce(age, 0)).select_from(Chunk).join(Run, Run.run_id == Chunk.run_id)
    many, seconds = db.session.execute(query.join(TouchTask, TouchTask.id == Run.task_id).where(WAITING_CHUNK)).one()
    return many, max(0.0, float(seconds))


@metrics.collector
def _how_much_waits() -> Iterable[tuple[str, str, dict[str, str], float]]:
    many, seconds = backlog()
    yield "rapport_reach_chunks_open", "Chunks of messages that wait to be sent", {}, many
    yield "rapport_reach_backlog_seconds", "How long the chunk that was due first waits", {}, seconds
