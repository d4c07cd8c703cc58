"""Which rows a bulk action is about, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from sqlalchemy import ARRAY, Row, Select, Uuid, column, func, literal, select
from werkzeug.datastructures import MultiDict

from app.core.access import Actor
from app.core.db import db
from app.core.errors import Invalid, NotFound
from app.core.jobs import Job
from app.core.paging import Order, Page, keyset
from app.engine.bulk.models import BulkRow, BulkRun
from app.engine.changes.models import ChangeSet
from app.engine.records import kinds
from app.engine.records.kinds import Record
from app.engine.views.columns import LISTS, Listing

MOST_TICKED = 1_000
AT_ONCE = 50
ORDERS = {"number": Order((BulkRow.number,), "Row")}
NEWEST_FIRST = {"created": Order((BulkRun.created_at, BulkRun.run_id), "Begun")}


@dataclass(frozen=True)
class Chosen:
    """Rows of a list: all that match `query`, the list's address, or those that were ticked."""

    path: str
    query: str
    ids: Sequence[UUID] = ()
    is_everything: bool = False

    @property
    def listing(self) -> Listing:
        """The list they are rows of."""
        return LISTS[self.path]

    @property
    def values(self) -> MultiDict[str, str]:
        """What the list's address asks for."""
        return MultiDict(parse_qsl(self.query))

    @property
    def back(self) -> str:
        """The list as it was."""
        return f"{self.path}?{self.query or 'view='}"


def read_chosen(actor: Actor, values: MultiDict[str, str]) -> Chosen:
    """Which rows a form names. Raises: NotFound for no such list; Invalid for no or damaged rows."""
    try:
        ids = [UUID(one) for one in dict.fromkeys(values.getlist("id"))]
    except ValueError:
        raise NotFound from None
    everything = bool(values.get("everything"))
    return choose(actor, values.get("list", ""), values.get("query", ""), ids, is_everything=everything)


def choose(actor: Actor, path: str, query: str, ids: Sequence[UUID], *, is_everything: bool) -> Chosen:
    """Rows of a list. Raises: NotFound for no such list; Invalid for no rows, or for too many by hand."""
    listing = LISTS.get(path)
    if listing is None or listing.rows is None or not actor.can(listing.permission):
        raise NotFound
    if not ids and not is_everything:
        raise Invalid("Tick the rows it is about first.")
    if len(ids) > MOST_TICKED:
        raise Invalid(f"Tick at most {MOST_TICKED:,} rows, or choose all that match.")
    return Chosen(path, query, () if is_everything else ids, is_everything)


def select_ids(actor: Actor, chosen: Chosen) -> Select[Any]:
    """The ids of those rows that this actor may see; ticked ones stand for themselves."""
    listing = chosen.listing
    if not chosen.is_everything:
        ids = literal(list(chosen.ids), ARRAY(Uuid))
        each = func.unnest(ids).table_valued(column("row_id", Uuid)).render_derived()
        return select(each.c.row_id)
    assert listing.rows is not None
    rows = listing.rows(actor, chosen.values)
    return rows.with_only_columns(listing.id_column, maintain_column_froms=True).order_by(None)


def count_chosen(actor: Actor, chosen: Chosen) -> int:
    """How many rows there are now."""
    if not chosen.is_everything:
        return len(chosen.ids)
    return db.session.scalar(select(func.count()).select_from(select_ids(actor, chosen).subquery())) or 0


def get_run(actor: Actor, run_id: UUID) -> BulkRun:
    """One's own run, or for who may undo anybody's changes, any. Raises: NotFound."""
    run = db.session.get(BulkRun, run_id)
    if run is None or (run.actor_id != actor.id and not actor.can("changes.undo_any")):
        raise NotFound
    return run


def list_waiting(run: BulkRun, most: int) -> Sequence[Row[int, UUID]]:
    """The number and record of the next rows whose turn has not come yet."""
    waiting = select(BulkRow.number, BulkRow.record_id).where(BulkRow.run_id == run.run_id, BulkRow.outcome.is_(None))
    return db.session.execute(waiting.order_by(BulkRow.number).limit(most)).all()


def find_job(run: BulkRun) -> Job | None:
    """The job that does it, while it is not done."""
    return db.session.get(Job, run.job_id) if run.job_id else None


def find_change_set(run: BulkRun) -> ChangeSet | None:
    """What it changed, as undo has it."""
    return db.session.get(ChangeSet, run.change_set_id) if run.change_set_id else None


def page_of_runs(actor: Actor, cursor: str, size: int) -> Page[BulkRun]:
    """One's own runs by pages, the latest first."""
    query = select(BulkRun).where(BulkRun.actor_id == actor.id)
    return keyset(query, orders=NEWEST_FIRST, sort="-created", cursor=cursor, size=size).scalars()


def page_of_rows(run: BulkRun, outcome: str, cursor: str, size: int = AT_ONCE) -> Page[BulkRow]:
    """The rows of a run in their order: those of one outcome, or with "" all, also those that still wait."""
    query = select(BulkRow).where(BulkRow.run_id == run.run_id)
    if outcome:
        query = query.where(BulkRow.outcome == outcome)
    return keyset(query, orders=ORDERS, sort="number", cursor=cursor, size=size).scalars()


def list_rows(actor: Actor, run: BulkRun, outcome: str, cursor: str = "") -> Page[tuple[Record | None, str]]:
    """What became of the rows of one outcome, each with its record and the reason."""
    page = page_of_rows(run, outcome, cursor)
    kind = LISTS[run.list].kind
    records = kinds.find_records(actor, {(kind, row.record_id) for row in page.rows})
    rows = [(records.get((kind, row.record_id)), row.reason) for row in page.rows]
    return Page(rows, page.next, page.previous, page.size)
