"""Reading imports and their rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.core.jobs import Job
from app.core.paging import Order, Page, keyset
from app.engine.changes.models import ChangeSet
from app.engine.imports import actions, formats, reading
from app.engine.imports.access import visible_to
from app.engine.imports.cells import BadCell
from app.engine.imports.models import Import, ImportRow

PREVIEW_ROWS = 20
SAMPLE_ROWS = 5
NEWEST_FIRST = Order((Import.created_at, Import.import_id), "When", descending=True)


@dataclass(frozen=True)
class PreviewRow:
    """A row as it will become, in its kind's columns, or why it cannot. `meets`: what it would find again, and how."""

    line: int
    becomes: tuple[str, ...]
    problem: str = ""
    meets: str = ""


def get_import(actor: Actor, import_id: UUID) -> Import:
    """The door to one import. Raises: NotFound when not there or somebody else's."""
    found = db.session.scalar(select(Import).where(Import.import_id == import_id, visible_to(actor)))
    if found is None:
        raise NotFound
    return found


def list_imports(actor: Actor, limit: int = 50) -> Sequence[Import]:
    """One's own imports, the latest first."""
    query = select(Import).where(visible_to(actor)).order_by(Import.created_at.desc(), Import.import_id.desc())
    return db.session.scalars(query.limit(limit)).all()


def find_job(made: Import) -> Job | None:
    """The job that runs it, with its progress."""
    return db.session.get(Job, made.job_id) if made.job_id else None


def _first_rows(made: Import, count: int) -> list[reading.Row]:
    """Rows after the header, of the file's beginning."""
    return list(islice(formats.rows_of(made), 1, count + 1))


def sample(made: Import) -> list[list[str]]:
    """The first rows as they stand in the file."""
    return [cells for _line, cells in _first_rows(made, SAMPLE_ROWS) if isinstance(cells, list)]


def preview(made: Import) -> list[PreviewRow]:
    """The first rows as they will become."""
    kind, how = actions.kind_of(made.kind), actions.reading_of(made)
    parse, pick = kind.parser(how), reading.picker(made.mapping, kind.fields)
    rows, read = [], []
    for line, cells in _first_rows(made, PREVIEW_ROWS):
        try:
            if isinstance(cells, BadCell):
                raise cells
            values = parse(pick(cells))
            rows.append(PreviewRow(line, kind.show(values, how)))
            read.append(values)
        except BadCell as refusal:
            rows.append(PreviewRow(line, (), str(refusal)))
    met = iter(kind.meets(read, made.match)) if kind.meets else iter(())
    return [row if row.problem else replace(row, meets=next(met, "")) for row in rows]


class OutcomeRow(NamedTuple):
    """What became of one row; `id` is empty when it was made into nothing."""

    line: int
    outcome: str
    reason: str
    id: str


def list_outcomes(import_id: UUID, after: int, limit: int = 5000) -> list[OutcomeRow]:
    """The outcomes of the rows that follow a line, in the file's order."""
    rows = db.session.execute(
        select(ImportRow.line, ImportRow.outcome, ImportRow.reason, ImportRow.about_id)
        .where(ImportRow.import_id == import_id, ImportRow.line > after)
        .order_by(ImportRow.line)
        .limit(limit)
    )
    return [OutcomeRow(line, outcome, reason, str(about_id or "")) for line, outcome, reason, about_id in rows]


def find_change_set(made: Import) -> ChangeSet | None:
    """What an import that can be undone belongs to."""
    return db.session.get(ChangeSet, made.change_set_id) if made.change_set_id else None


def page_of_imports(actor: Actor, cursor: str, size: int) -> Page[Import]:
    """One's own imports by pages, the latest first."""
    page = keyset(
        select(Import).where(visible_to(actor)),
        orders={"created": NEWEST_FIRST},
        sort="created",
        cursor=cursor,
        size=size,
    )
    return page.scalars()


def page_of_rows(import_id: UUID, outcome: str, cursor: str, size: int) -> Page[ImportRow]:
    """What became of the rows by pages, in the file's order; `outcome` "" for all."""
    query = select(ImportRow).where(ImportRow.import_id == import_id)
    if outcome:
        query = query.where(ImportRow.outcome == outcome)
    orders = {"line": Order((ImportRow.line,), "Line")}
    page = keyset(query, orders=orders, sort="line", cursor=cursor, size=size)
    return page.scalars()
