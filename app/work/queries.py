"""Runs, their steps, and how far they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select
from werkzeug.datastructures import MultiDict

from app.core import metrics
from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.engine.views.columns import LISTS, Listing
from app.people.models import Person
from app.work.access import visible_to
from app.work.models import WorkRun, WorkStep

MOST_SHOWN = 50
LEFT_OUT = ("after", "before", "view", "columns", "page")


@dataclass(frozen=True)
class Progress:
    """How many steps of a run are in each state, and how many there are."""

    total: int
    done: int = 0
    skipped: int = 0
    snoozed: int = 0
    gone: int = 0

    @property
    def ended(self) -> int:
        """How many are decided about."""
        return self.done + self.skipped + self.snoozed + self.gone

    @property
    def in_words(self) -> str:
        """8 done, 3 skipped"""
        counts = {"done": self.done, "skipped": self.skipped, "put off": self.snoozed, "gone": self.gone}
        return ", ".join(f"{number:,} {word}" for word, number in counts.items() if number) or "nothing decided yet"


@dataclass(frozen=True)
class ListedRun:
    """A run with whose it is and how far it is."""

    run: WorkRun
    owner: str
    progress: Progress


def find_listing(actor: Actor, path: str) -> Listing:
    """A list that can be worked through. Raises: NotFound."""
    listing = LISTS.get(path)
    if listing is None or listing.rows is None or not listing.kind or not actor.can(listing.permission):
        raise NotFound
    return listing


def state_of(query: str) -> str:
    """The part of a list's address that says which rows it has, and in which order."""
    kept = [(name, value) for name, value in parse_qsl(query)[:50] if name not in LEFT_OUT and value]
    return urlencode(sorted(kept))


def select_ids(actor: Actor, listing: Listing, query: str) -> Select[Any]:
    """The ids of a list's rows, in its order."""
    assert listing.rows is not None
    rows = listing.rows(actor, MultiDict(parse_qsl(query)))
    return rows.with_only_columns(listing.id_column.label("record_id"), maintain_column_froms=True)


def count_rows(actor: Actor, listing: Listing, query: str, most: int) -> int:
    """How many rows a list has, counted up to one more than `most`."""
    rows = select_ids(actor, listing, query).order_by(None).limit(most + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(rows)) or 0


def get_run(actor: Actor, run_id: UUID) -> WorkRun:
    """A run this actor may go on with. Raises: NotFound."""
    run = db.session.scalar(select(WorkRun).where(WorkRun.run_id == run_id, visible_to(actor)))
    if run is None:
        raise NotFound
    return run


def get_own_run(actor: Actor, run_id: UUID) -> WorkRun:
    """One's own run, to end it. Raises: NotFound."""
    run = get_run(actor, run_id)
    if run.owner_id != actor.id:
        raise NotFound
    return run


def get_step(run: WorkRun, position: int) -> WorkStep:
    """One step. Raises: NotFound."""
    step = db.session.get(WorkStep, (run.run_id, position))
    if step is None:
        raise NotFound
    return step


def find_held(run: WorkRun, person_id: UUID | None) -> WorkStep | None:
    """The step somebody is at; of several the first."""
    query = select(WorkStep).where(
        WorkStep.run_id == run.run_id, WorkStep.state == "held", WorkStep.person_id == person_id
    )
    return db.session.scalar(query.order_by(WorkStep.position).limit(1))


def find_before(run: WorkRun, position: int, person_id: UUID | None) -> WorkStep | None:
    """The step that somebody decided about before they came to this position."""
    query = select(WorkStep).where(
        WorkStep.run_id == run.run_id,
        WorkStep.person_id == person_id,
        WorkStep.position < position,
        WorkStep.state != "gone",
    )
    return db.session.scalar(query.order_by(WorkStep.position.desc()).limit(1))


def is_open(run: WorkRun) -> bool:
    """Some step is not decided about."""
    waits = WorkStep.state.in_(("waiting", "held"))
    return bool(db.session.scalar(select(exists().where(WorkStep.run_id == run.run_id, waits))))


def progress_of(runs: Sequence[WorkRun]) -> dict[UUID, Progress]:
    """How far runs are; one statement."""
    ended = WorkStep.state.not_in(("waiting", "held"))
    counts: dict[UUID, dict[str, int]] = {run.run_id: {} for run in runs}
    query = select(WorkStep.run_id, WorkStep.state, func.count()).where(WorkStep.run_id.in_(list(counts)), ended)
    for run_id, state, number in db.session.execute(query.group_by(WorkStep.run_id, WorkStep.state)):
        counts[run_id][state] = number
    return {run.run_id: Progress(run.total, **counts[run.run_id]) for run in runs}


def list_unfinished(actor: Actor, path: str = "", query: str = "") -> list[ListedRun]:
    """The runs an actor can go on with, their own first; with `path`, those of this list as its address has it."""
    wanted = [WorkRun.finished_at.is_(None), visible_to(actor)]
    if path:
        wanted += [WorkRun.list == path, WorkRun.query == query]
    return _listed(actor, *wanted)


def list_finished(actor: Actor) -> list[ListedRun]:
    """An actor's own runs that came to their end, the latest first."""
    return _listed(actor, WorkRun.finished_at.is_not(None), WorkRun.owner_id == actor.id)


def _listed(actor: Actor, *wanted: ColumnElement[bool]) -> list[ListedRun]:
    query = select(WorkRun, Person.name).outerjoin(Person, Person.person_id == WorkRun.owner_id).where(*wanted)
    query = query.order_by(WorkRun.owner_id != actor.id, WorkRun.created_at.desc()).limit(MOST_SHOWN)
    found = db.session.execute(query).tuples().all()
    far = progress_of([run for run, _owner in found])
    return [ListedRun(run, owner or "", far[run.run_id]) for run, owner in found]


@metrics.collector
def _how_many() -> Iterable[tuple[str, str, dict[str, str], float]]:
    ended = func.count().filter(WorkRun.finished_at.is_not(None))
    row = db.session.execute(select(func.count() - ended, ended)).one()
    for state, number in zip(("unfinished", "finished"), row, strict=True):
        yield "rapport_work_runs", "Lists that are worked through", {"state": state}, number
