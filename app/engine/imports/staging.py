"""Reading a whole file once: each row is kept as values that wait, or with the reason why not."""

import itertools
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import delete, select, text

from app.core.db import db, sign_writes
from app.engine.imports import reading
from app.engine.imports.cells import BadCell
from app.engine.imports.kinds import ImportKind
from app.engine.imports.models import Import, ImportChunk, ImportRow
from app.engine.imports.runs import Run

ROWS_PER_COPY = 5_000

Judged = tuple[int, str, str, str | None]


def chunks_of(import_id: UUID) -> Iterator[bytes]:
    """The file's bytes, piece by piece, each read when it is needed."""
    for position in itertools.count():
        query = select(ImportChunk.content).where(ImportChunk.import_id == import_id, ImportChunk.position == position)
        content = db.session.scalar(query)
        if content is None:
            return
        yield content


def stage(made: Import, kind: ImportKind, run: Run) -> None:
    """Read every row into `import_rows`, all or none of them."""
    sign_writes(db.session())
    db.session.execute(delete(ImportRow).where(ImportRow.import_id == made.import_id))
    rows = reading.rows_of(chunks_of(made.import_id), made.encoding, made.delimiter)
    next(rows, None)  # the header
    judged = judge(rows, dict(made.mapping), kind, run)
    run.progress.begin("Reading", made.line_count)
    while batch := list(itertools.islice(judged, ROWS_PER_COPY)):
        _copy(made.import_id, batch)
        run.progress.add(len(batch), sum(outcome == "rejected" for _line, outcome, _reason, _values in batch))
    made.is_staged = True
    db.session.commit()
    db.session.execute(text("ANALYZE import_rows"))
    db.session.commit()


def begin_again(import_id: UUID, run: Run) -> None:
    """Forget what a dry run foresaw for the rows that wait; what was really done or refused stays."""
    sign_writes(db.session())
    db.session.execute(
        text(
            "UPDATE import_rows SET outcome = 'pending', reason = '', about_id = NULL"
            " WHERE import_id = :id AND \"values\" IS NOT NULL AND outcome <> 'pending'"
        ),
        {"id": import_id},
    )
    rejected = "SELECT count(*) FROM import_rows WHERE import_id = :id AND outcome = 'rejected'"
    run.progress.rejected = db.session.scalar(text(rejected), {"id": import_id}) or 0
    db.session.commit()


def judge(rows: Iterator[reading.Row], mapping: dict[str, int], kind: ImportKind, run: Run) -> Iterator[Judged]:
    """Each row as (line, outcome, reason, values as JSON)."""
    parse, pick = kind.parser(run.reading), reading.picker(mapping, kind.fields)
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
    for line, cells in rows:
        if isinstance(cells, BadCell):
            yield line, "rejected", str(cells), None
            continue
        try:
            yield line, "pending", "", encode(parse(pick(cells)))
        except BadCell as refusal:
            yield line, "rejected", str(refusal), None


def _copy(import_id: UUID, rows: list[Judged]) -> None:
    connection: psycopg.Connection[Any] = db.session.connection().connection.driver_connection  # type: ignore[assignment]
    statement = 'COPY import_rows (import_id, line, outcome, reason, "values") FROM STDIN'
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row((import_id, *row))
