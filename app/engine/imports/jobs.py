"""The work of an import: read, judge and keep every row, then let its kind make things of them."""

import itertools
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
from flask import current_app
from sqlalchemy import text

from app.core import jobs
from app.core.access import SYSTEM, Actor
from app.core.db import db, sign_writes
from app.core.errors import DomainError
from app.core.log import get
from app.engine.events import actions as events
from app.engine.imports import actions, reading
from app.engine.imports.kinds import BadCell, ImportKind, Reading
from app.engine.imports.models import Import

ROWS_PER_COPY = 10_000
OUTCOMES = ("created", "updated", "unchanged", "rejected", "pending")

log = get(__name__)


def reading_of(made: Import) -> Reading:
    """How this import's cells are to be understood."""
    config = current_app.extensions["rapport"]
    return Reading(made.date_order, config.time_zone, config.country, config.currency)


@jobs.job("imports.run")
def run(import_id: str) -> dict[str, Any]:
    """Do one import. Killed and started again, it goes on with the rows that are still pending."""
    made = db.session.get_one(Import, UUID(import_id))
    actor = Actor(id=made.created_by, kind="system")
    made.state = "running"
    db.session.commit()
    try:
        report = run_import(made, actor)
    except jobs.Cancelled:
        db.session.rollback()
        actions.finish(made, "cancelled", problem="Stopped on request. What was imported until then stays.")
        db.session.commit()
        raise
    except DomainError as refusal:
        db.session.rollback()
        actions.finish(made, "failed", problem=str(refusal))
        db.session.commit()
        raise
    actions.finish(made, "done", report=report)
    if not made.is_dry_run:
        counts = report["counts"]
        events.emit("import.finished", actor=SYSTEM, subject_id=made.import_id, kind=made.kind, counts=counts)
    return {"counts": report["counts"]}


def run_import(made: Import, actor: Actor) -> dict[str, Any]:
    """Read the file and apply it, committing on the way; returns the report."""
    kind = actions.kind_of(made.kind)
    how = reading_of(made)
    if not made.is_staged:
        stage(made, kind, how)
    if not made.is_dry_run:
        kind.apply(made.import_id, actor, how)
    return {"counts": count_outcomes(made.import_id), **kind.summarise(made.import_id, how)}


def stage(made: Import, kind: ImportKind, how: Reading) -> None:
    """Read every row once into `import_rows`, as values or with the reason why not."""
    import_id = made.import_id
    db.session.execute(text("DELETE FROM import_rows WHERE import_id = :id"), {"id": import_id})
    lines = reading.rows_of(actions.chunks_of(import_id), made.encoding, made.delimiter)
    mapping, done = dict(made.mapping), 0
    for batch in _batches(_judged(lines, mapping, kind, how)):
        copy_rows(import_id, batch)
        done += len(batch)
        jobs.report(done, step="Reading")
    sign_writes(db.session())
    made.is_staged = True
    db.session.commit()
    db.session.execute(text("ANALYZE import_rows"))
    db.session.commit()


def copy_rows(import_id: UUID, rows: list[tuple[int, str, str, str | None]]) -> None:
    """COPY judged rows (line, outcome, reason, values as JSON) into the staging table."""
    connection: psycopg.Connection = db.session.connection().connection.driver_connection  # type: ignore[assignment]
    statement = 'COPY import_rows (import_id, line, outcome, reason, "values") FROM STDIN'
    with connection.cursor().copy(statement) as copy:
        for line, outcome, reason, values in rows:
            copy.write_row((import_id, line, outcome, reason, values))


def _judged(
    lines: Iterator[tuple[int, list[str] | BadCell]], mapping: dict[str, int], kind: ImportKind, how: Reading
) -> Iterator[tuple[int, str, str, str | None]]:
    dumps, parse = current_app.json.dumps, kind.parser(how)
    for number, cells in lines:
        if isinstance(cells, list) and not any(cells):
            continue
        try:
            if isinstance(cells, BadCell):
                raise cells
            values = parse(reading.pick(cells, mapping, kind.fields))
        except BadCell as refusal:
            yield number, "rejected", str(refusal), None
        else:
            yield number, "pending", "", dumps(values)


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(itertools.islice(rows, ROWS_PER_COPY)):
        yield batch


def count_outcomes(import_id: UUID) -> dict[str, int]:
    """How many rows came to what; a dry run leaves good rows pending."""
    rows = db.session.execute(
        text("SELECT outcome, count(*) FROM import_rows WHERE import_id = :id GROUP BY outcome"), {"id": import_id}
    )
    found = {row[0]: row[1] for row in rows}
    return {outcome: found.get(outcome, 0) for outcome in OUTCOMES}


def settle(import_id: UUID, outcomes: list[tuple[int, str, str, UUID | None]]) -> None:
    """Write what became of rows, as (line, outcome, reason, id of what it became)."""
    db.session.execute(
        text(
            "UPDATE import_rows AS r SET outcome = o.outcome, reason = o.reason, about_id = o.about_id"
            " FROM unnest(CAST(:lines AS integer[]), CAST(:outcomes AS text[]), CAST(:reasons AS text[]),"
            " CAST(:ids AS uuid[])) AS o (line, outcome, reason, about_id)"
            " WHERE r.import_id = :import_id AND r.line = o.line"
        ),
        {
            "import_id": import_id,
            "lines": [row[0] for row in outcomes],
            "outcomes": [row[1] for row in outcomes],
            "reasons": [row[2] for row in outcomes],
            "ids": [row[3] for row in outcomes],
        },
    )


def pending_rows(import_id: UUID, size: int) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    """Batches of rows that wait, as (line, values), in the file's order; settle each before the next."""
    last = 0
    while True:
        rows = db.session.execute(
            text(
                'SELECT line, "values" FROM import_rows'
                " WHERE import_id = :id AND outcome = 'pending' AND line > :last"
                " ORDER BY line LIMIT :size"
            ),
            {"id": import_id, "last": last, "size": size},
        ).all()
        if not rows:
            return
        last = rows[-1][0]
        yield [(row[0], row[1]) for row in rows]
