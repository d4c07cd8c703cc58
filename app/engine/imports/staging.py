"""Reading a whole file once: each row is kept as values that wait, or with the reason why not."""

import itertools
import json
from collections.abc import Iterator, Mapping
from uuid import UUID

from sqlalchemy import delete, select, text

from app.core.db import copy_rows, db, sign_writes
from app.engine.imports import formats, reading
from app.engine.imports.cells import BadCell
from app.engine.imports.kinds import ImportKind
from app.engine.imports.models import Import, ImportRow
from app.engine.imports.runs import Run

ROWS_PER_COPY = 5_000
COPIED = ("import_id", "line", "outcome", "reason", "field", "values", "cells", "is_mended")
MOST_MENDABLE = 10_000

Judged = tuple[int, str, str, str, str | None, str | None, bool]
encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def stage(made: Import, kind: ImportKind, run: Run) -> None:
    """Read every row into `import_rows`, all or none of them; rows that were mended stay so."""
    sign_writes(db.session())
    mended = _mended(made.import_id)
    db.session.execute(delete(ImportRow).where(ImportRow.import_id == made.import_id))
    rows = formats.rows_of(made)
    next(rows, None)  # the header
    judged = judge(rows, dict(made.mapping), kind, run, mended)
    run.progress.begin("Reading", made.line_count)
    while batch := list(itertools.islice(judged, ROWS_PER_COPY)):
        copy_rows("import_rows", COPIED, ((made.import_id, *row) for row in batch))
        run.progress.add(len(batch), sum(row[1] == "rejected" for row in batch))
    made.is_staged = True
    db.session.commit()
    db.session.execute(text("ANALYZE import_rows"))
    db.session.commit()


def _mended(import_id: UUID) -> dict[int, list[str]]:
    query = select(ImportRow.line, ImportRow.cells).where(
        ImportRow.import_id == import_id, ImportRow.cells.is_not(None), ImportRow.is_mended
    )
    return {line: cells for line, cells in db.session.execute(query) if cells is not None}


def begin_again(import_id: UUID, run: Run) -> None:
    """Forget what a dry run foresaw for the rows that wait; what was really done or refused stays."""
    sign_writes(db.session())
    db.session.execute(
        text(
            "UPDATE import_rows SET outcome = 'pending', reason = '', about_id = NULL, field = NULL"
            " WHERE import_id = :id AND \"values\" IS NOT NULL AND outcome <> 'pending'"
        ),
        {"id": import_id},
    )
    rejected = "SELECT count(*) FROM import_rows WHERE import_id = :id AND outcome = 'rejected'"
    run.progress.rejected = db.session.scalar(text(rejected), {"id": import_id}) or 0
    db.session.commit()


def judge(
    rows: Iterator[reading.Row], mapping: dict[str, int], kind: ImportKind, run: Run, mended: Mapping[int, list[str]]
) -> Iterator[Judged]:
    """Each row as (line, outcome, reason, field, values, cells, whether it was mended), the two in JSON."""
    parse, pick = kind.parser(run.reading), reading.picker(mapping, kind.fields)
    for line, found in rows:
        cells = mended.get(line, found)
        if isinstance(cells, BadCell):
            yield line, "rejected", str(cells), "", None, None, False
            continue
        is_mended = line in mended
        try:
            yield line, "pending", "", "", encode(parse(pick(cells))), encode(cells) if is_mended else None, is_mended
        except BadCell as refusal:
            yield line, "rejected", str(refusal), refusal.field, None, encode(cells), is_mended


def keep_cells(made: Import) -> None:
    """Keep what the file says of rows that were read and left out later, so that they can be mended."""
    query = select(ImportRow.line).where(
        ImportRow.import_id == made.import_id, ImportRow.outcome == "rejected", ImportRow.cells.is_(None)
    )
    wanted = set(db.session.scalars(query.order_by(ImportRow.line).limit(MOST_MENDABLE)))
    if not wanted:
        return
    last = max(wanted)
    kept = [
        (line, encode(cells))
        for line, cells in itertools.takewhile(lambda row: row[0] <= last, formats.rows_of(made))
        if line in wanted and not isinstance(cells, BadCell)
    ]
    db.session.execute(
        text(
            "UPDATE import_rows AS r SET cells = CAST(o.cells AS jsonb)"
            " FROM unnest(CAST(:lines AS integer[]), CAST(:cells AS text[])) AS o (line, cells)"
            " WHERE r.import_id = :id AND r.line = o.line"
        ),
        {"id": made.import_id, "lines": [line for line, _cells in kept], "cells": [cells for _line, cells in kept]},
    )
