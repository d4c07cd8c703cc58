"""Mending rows that were left out: their cells are typed anew and looked at again, before anything is imported."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select, update

from app.core import web
from app.core.access import Actor
from app.core.db import db, one_of
from app.core.errors import NotFound
from app.core.paging import Order, Page, keyset
from app.engine.imports import actions, reading
from app.engine.imports.cells import BadCell
from app.engine.imports.models import Import, ImportRow
from app.engine.imports.runs import Outcome, Trial, count_outcomes

ROWS_SHOWN = 25
LAST_LINE = 2**31 - 1


@dataclass(frozen=True)
class Cell:
    """A cell of a row, by the field it holds; `is_bad` when it is in the way, or may be."""

    key: str
    label: str
    words: str
    is_bad: bool


def cells_of(made: Import, row: ImportRow) -> list[Cell]:
    """The cells of a row that something is made of, those in the way first."""
    fields = [field for field in actions.kind_of(made.kind).fields if field.key in made.mapping]
    is_known = row.field in made.mapping
    cells = [
        Cell(field.key, field.label, _cell(row, made.mapping[field.key]), row.field == field.key or not is_known)
        for field in fields
    ]
    return sorted(cells, key=lambda cell: not cell.is_bad)


def _cell(row: ImportRow, at: int) -> str:
    cells = row.cells or []
    return cells[at] if at < len(cells) else ""


def page_of_trouble(made: Import, cursor: str = "", size: int = ROWS_SHOWN) -> Page[ImportRow]:
    """The rows that were left out by pages, in the file's order."""
    query = select(ImportRow).where(ImportRow.import_id == made.import_id, ImportRow.outcome == "rejected")
    orders = {"line": Order((ImportRow.line,), "Line")}
    return keyset(query, orders=orders, sort="line", cursor=cursor, size=size).scalars()


def rest_of(made: Import) -> Iterator[list[str]]:
    """What was left out, as it stands in the file or was typed since, each row with its line and reason in front."""
    yield ["Line", "Why", *made.header]
    query = select(ImportRow.line, ImportRow.reason, ImportRow.cells).where(
        ImportRow.import_id == made.import_id, ImportRow.outcome == "rejected"
    )
    for line, reason, cells in db.session.execute(query.order_by(ImportRow.line)):
        yield [str(line), reason, *(cells or [])]


def rest_as_csv(made: Import) -> bytes:
    """What was left out as a file for a spreadsheet; no cell is a formula."""
    text = io.StringIO()
    csv.writer(text).writerows([web.plain_cell(cell) for cell in row] for row in rest_of(made))
    return ("\ufeff" + text.getvalue()).encode()


def mend(made: Import, line: int, typed: dict[str, str], *, actor: Actor) -> ImportRow:
    """Put other words into the cells of a row that a dry run left out, and look at it again.

    `typed` holds fields by their keys. The file stays as it is; what was typed is kept beside it.
    Raises: NotFound for a row that is not there or cannot be mended; Conflict once it runs.
    """
    actions.refuse_once_started(made)
    row = _get_mendable(made, line)
    for key, words in typed.items():
        at = made.mapping.get(key)
        if at is not None:
            row.cells = _with_cell(row.cells or [], at, words)
    row.is_mended = True
    _judge_again(made, row, actor)
    _count_again(made)
    return row


def _get_mendable(made: Import, line: int) -> ImportRow:
    key = (made.import_id, line)
    row = db.session.get(ImportRow, key, with_for_update=True) if line <= LAST_LINE else None
    if row is None or row.cells is None:
        raise NotFound
    return row


def _with_cell(cells: list[str], at: int, words: str) -> list[str]:
    longer = [*cells, *[""] * (at + 1 - len(cells))]
    return [*longer[:at], words[: reading.LONGEST_CELL], *longer[at + 1 :]]


def _judge_again(made: Import, row: ImportRow, actor: Actor) -> None:
    """Say what would become of a row as it stands now."""
    kind, how = actions.kind_of(made.kind), actions.reading_of(made)
    outcome = Outcome(row.line, "pending")
    try:
        values = kind.parser(how)(reading.picker(made.mapping, kind.fields)(row.cells or []))
    except BadCell as refusal:
        values = None
        outcome = Outcome(row.line, "rejected", str(refusal), field=refusal.field)
    db.session.flush()
    if values is not None and kind.stands_alone:
        chosen = {"match": made.match, "mode": made.mode, "source_text": made.source_text}
        trial = Trial((row.line, values), made.import_id, actor, how, **chosen)
        with db.session.begin_nested() as attempt:
            kind.apply(trial)
            attempt.rollback()
        outcome = trial.outcome
    row.values, row.outcome, row.reason, row.field = values, outcome.outcome, outcome.reason, outcome.field
    db.session.flush()


def skip(made: Import, lines: list[int]) -> int:
    """Leave some of the rows that are in trouble aside for good; none named means all. Returns how many."""
    actions.refuse_once_started(made)
    rows = update(ImportRow).where(ImportRow.import_id == made.import_id, ImportRow.outcome == "rejected")
    if lines:
        rows = rows.where(one_of(ImportRow.line, lines))
    done = db.session.execute(rows.values(outcome="skipped", values=None, cells=None, is_mended=False))
    _count_again(made)
    return done.rowcount  # type: ignore[attr-defined, no-any-return]


def _count_again(made: Import) -> None:
    if made.report is not None:
        made.report = {**made.report, "counts": count_outcomes(made.import_id)}
    db.session.flush()
