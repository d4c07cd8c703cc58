"""Reading imports and their rows."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select

from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.core.jobs import Job
from app.core.paging import Order, Page, keyset
from app.engine.imports import actions, reading
from app.engine.imports.access import visible_to
from app.engine.imports.jobs import reading_of
from app.engine.imports.kinds import BadCell, ImportKind, Parse
from app.engine.imports.models import Import, ImportRow

PREVIEW_ROWS = 20
NEWEST_FIRST = Order((Import.created_at, Import.import_id), "When", descending=True)


@dataclass(frozen=True)
class PreviewRow:
    """A row as it stands in the file and as it will become, or why it cannot."""

    line: int
    cells: list[str]
    becomes: str
    problem: str


@dataclass(frozen=True)
class Preview:
    """The start of the file, read as chosen."""

    header: list[str]
    rows: list[PreviewRow]
    reasons: list[str]


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


def preview(made: Import) -> Preview:
    """Read the first rows as the import would."""
    kind = actions.kind_of(made.kind)
    how = reading_of(made)
    parse = kind.parser(how)
    first = next(actions.chunks_of(made.import_id))[: reading.SAMPLE_BYTES]
    guess = reading.guess(first)
    rows: list[PreviewRow] = []
    for line, cells in reading.rows_of(iter([first]), made.encoding, made.delimiter):
        if len(rows) == PREVIEW_ROWS:
            break
        rows.append(_preview_row(line, cells, made, kind, parse))
    reasons = [reason for reason in guess.reasons if reason != reading.UNSURE]
    return Preview(header_of(first, made), rows, reasons)


def header_of(sample: bytes, made: Import) -> list[str]:
    """The names of the columns, read as chosen."""
    decoded = sample.decode(made.encoding, "replace")
    return next(csv.reader(decoded.splitlines()[:1], delimiter=made.delimiter), [])


def _preview_row(line: int, cells: list[str] | BadCell, made: Import, kind: ImportKind, parse: Parse) -> PreviewRow:
    if isinstance(cells, BadCell):
        return PreviewRow(line, [], "", str(cells))
    try:
        values = parse(reading.pick(cells, made.mapping, kind.fields))
    except BadCell as refusal:
        return PreviewRow(line, cells, "", str(refusal))
    return PreviewRow(line, cells, kind.describe(values, reading_of(made)), "")


def outcomes(import_id: UUID) -> Iterator[tuple[int, str, str, str]]:
    """Every row's outcome in the file's order: (line, outcome, reason, id), a batch at a time."""
    last = 0
    while True:
        rows = db.session.execute(
            select(ImportRow.line, ImportRow.outcome, ImportRow.reason, ImportRow.about_id)
            .where(ImportRow.import_id == import_id, ImportRow.line > last)
            .order_by(ImportRow.line)
            .limit(5000)
        ).all()
        if not rows:
            return
        for line, outcome, reason, about_id in rows:
            yield line, outcome, reason, str(about_id or "")
        last = rows[-1][0]


def list_rejected(import_id: UUID, limit: int = 20) -> Sequence[ImportRow]:
    """The first rows that were left out, with their reasons."""
    query = select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.outcome == "rejected")
    return db.session.scalars(query.order_by(ImportRow.line).limit(limit)).all()


def page_of_imports(actor: Actor, cursor: str, size: int) -> Page[Import]:
    """One's own imports by pages, the latest first."""
    page = keyset(
        select(Import).where(visible_to(actor)),
        orders={"created": NEWEST_FIRST},
        sort="created",
        cursor=cursor,
        size=size,
        key=lambda row: [row[0].created_at, row[0].import_id],
    )
    return replace(page, rows=[row[0] for row in page.rows])


def page_of_rows(import_id: UUID, outcome: str, cursor: str, size: int) -> Page[ImportRow]:
    """What became of the rows by pages, in the file's order; `outcome` "" for all."""
    query = select(ImportRow).where(ImportRow.import_id == import_id)
    if outcome:
        query = query.where(ImportRow.outcome == outcome)
    orders = {"line": Order((ImportRow.line,), "Line")}
    page = keyset(query, orders=orders, sort="line", cursor=cursor, size=size, key=lambda row: [row[0].line])
    return replace(page, rows=[row[0] for row in page.rows])
