"""The way back, in sets of rows: put back what was updated, remove what was created, bring back what was deleted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.db import db
from app.engine.changes.models import ChangeSet
from app.engine.changes.tables import KeptTable, kept_tables, parents_first, references_to, tables_about_records

AT_ONCE = 5_000

TABLES = text("SELECT DISTINCT table_name FROM changed_rows WHERE change_set_id = :done")
COLUMNS = text(
    "SELECT DISTINCT jsonb_object_keys(before) FROM changed_rows"
    " WHERE change_set_id = :done AND table_name = :table AND action = 'update'"
)
KEYS = text(
    "SELECT row_key FROM changed_rows"
    " WHERE change_set_id = :done AND table_name = :table AND action = :action ORDER BY row_key"
)
# A refused row has a second try when all else is done: what stood in its way may be gone.
REFUSED = text(
    "SELECT row_key FROM changed_rows kept JOIN kept_rows named USING (table_name, row_key)"
    " WHERE kept.change_set_id = :done AND named.change_set_id = :undo AND named.why = 'refused'"
    " AND table_name = :table AND action = :action ORDER BY row_key"
)
BATCH = """
    kept.change_set_id = :done AND kept.table_name = :table AND kept.action = :action
    AND kept.row_key BETWEEN :low AND :high
"""
LOCK = """
    SELECT count(*) FROM (
        SELECT FROM changed_rows kept JOIN "{table}" t ON {same_row}
        WHERE {batch} ORDER BY {key} FOR NO KEY UPDATE OF t) AS locked
"""
FORGET_REFUSED = """
    DELETE FROM kept_rows named USING changed_rows kept
    WHERE named.change_set_id = :undo AND named.why = 'refused'
      AND named.table_name = kept.table_name AND named.row_key = kept.row_key AND {batch}
"""
REFUSE = """
    INSERT INTO kept_rows (change_set_id, table_name, row_key, record_kind, record_id, why, detail)
    SELECT :undo, table_name, row_key, record_kind, record_id, 'refused', :rule FROM changed_rows kept WHERE {batch}
"""
# Of each row: is it there, which of its columns hold something else than the change set left, and may it go back?
JUDGED = """
    WITH judged AS MATERIALIZED (
        SELECT kept.*, t.present IS NOT NULL AS is_there, {referred} AS referred,
            (SELECT string_agg(name, ', ' ORDER BY name) FROM jsonb_each(kept.{left}) AS left_so (name, value)
             WHERE value IS DISTINCT FROM t.present -> name AND name <> ALL (CAST(:ignored AS text[]))) AS touched,
            (SELECT bool_and(value IS NOT DISTINCT FROM t.present -> name)
             FROM jsonb_each(kept.before) AS earlier (name, value)) AS is_back
        FROM changed_rows kept
        LEFT JOIN LATERAL (SELECT {present} AS present FROM "{table}" t WHERE {same_row}) t ON true
        WHERE {batch}),
    named AS (
        INSERT INTO kept_rows (change_set_id, table_name, row_key, record_kind, record_id, why, detail)
        SELECT :undo, table_name, row_key, record_kind, record_id, {why}, coalesce(touched, referred, '')
        FROM judged WHERE {why} IS NOT NULL
        ON CONFLICT DO NOTHING)
"""
UPDATE = """
    UPDATE "{table}" t SET {assignments}
    FROM judged kept, LATERAL jsonb_populate_record(NULL::"{table}", kept.before) was
    WHERE {same_row} AND {why} IS NULL AND NOT is_back
"""
DELETE = """
    DELETE FROM "{table}" t USING judged kept WHERE {same_row} AND {why} IS NULL AND is_there
"""
INSERT = """
    INSERT INTO "{table}" ({columns}) OVERRIDING SYSTEM VALUE
    SELECT {values} FROM judged kept, LATERAL jsonb_populate_record(NULL::"{table}", kept.before) was
    WHERE {why} IS NULL AND NOT is_there
"""
WHY_UPDATED = "CASE WHEN NOT is_there THEN 'gone' WHEN touched IS NOT NULL AND NOT is_back THEN 'touched' END"
WHY_CREATED = (
    "CASE WHEN NOT is_there THEN NULL WHEN touched IS NOT NULL THEN 'touched'"
    " WHEN referred IS NOT NULL THEN 'referred' END"
)
WHY_DELETED = "CASE WHEN is_there AND touched IS NOT NULL THEN 'there' END"
PRESENT = "(SELECT to_jsonb(part) FROM (SELECT {columns}) AS part)"
REFERRED = """(SELECT CASE {cases} END FROM "{table}" t WHERE {same_row})"""
REFERS = "WHEN EXISTS (SELECT FROM {other} o WHERE {pairs}) THEN '{other}'"
IS_ABOUT = "o.record_kind = kept.record_kind AND o.record_id = kept.record_id"
# Who wrote to a kept row last, as the audit trail has it.
BLAME = text(
    """
    UPDATE kept_rows SET touched_by = last.actor_id, touched_at = last.at
    FROM kept_rows kept, LATERAL (
        SELECT actor_id, at FROM audit_log a
        WHERE a.row_id = kept.row_key AND a.table_name = kept.table_name AND a.at >= :since
        ORDER BY audit_id DESC LIMIT 1) AS last
    WHERE kept.change_set_id = :undo AND kept.why IN ('touched', 'gone')
      AND kept_rows.change_set_id = kept.change_set_id AND kept_rows.table_name = kept.table_name
      AND kept_rows.row_key = kept.row_key
    """
)


@dataclass(frozen=True)
class Way:
    """The way back for the rows of a table that were changed by one action."""

    table: KeptTable
    action: str
    statement: str


def undo_rows(done: ChangeSet, undo: ChangeSet, *, step: Callable[[int], None]) -> list[str]:
    """Go the way back for every row of `done`, and name in `undo` those that are left; returns the tables.

    `step(number of rows)` is called after each batch, and may commit.
    """
    names = db.session.scalars(TABLES, {"done": done.change_set_id}).all()
    ways = list(_ways(done, names))
    for again in (False, True):
        for way in ways:
            _go(way, done, undo, step, again=again)
    db.session.execute(BLAME, {"undo": undo.change_set_id, "since": done.at})
    return list(names)


def _ways(done: ChangeSet, names: Sequence[str]) -> Iterator[Way]:
    """Deleted rows first, for others may refer to them; then values; created rows when nothing refers to them."""
    tables = kept_tables()
    ordered = [tables[name] for name in parents_first(names) if name in tables]
    for table in ordered:
        yield Way(table, "delete", _bring_back(table))
    for table in ordered:
        changed = db.session.scalars(COLUMNS, {"done": done.change_set_id, "table": table.name})
        columns = sorted(set(changed) & set(table.columns))
        if columns:
            yield Way(table, "update", _put_back(table, columns))
    for table in reversed(ordered):
        yield Way(table, "insert", _remove(table, tables))


def _go(way: Way, done: ChangeSet, undo: ChangeSet, step: Callable[[int], None], *, again: bool) -> None:
    asked = {
        "done": done.change_set_id,
        "undo": undo.change_set_id,
        "table": way.table.name,
        "action": way.action,
        "ignored": list(way.table.ignored),
    }
    keys = db.session.scalars(REFUSED if again else KEYS, asked).all()
    size = 1 if again else AT_ONCE
    for start in range(0, len(keys), size):
        some = keys[start : start + size]
        _try(way, asked, some)
        step(0 if again else len(some))


def _try(way: Way, asked: Mapping[str, Any], keys: Sequence[str]) -> None:
    """Go back with some rows at once; where PostgreSQL refuses one of them, with each half of them."""
    asked = {**asked, "low": keys[0], "high": keys[-1]}
    try:
        with db.session.begin_nested():
            db.session.execute(text(_of(way.table, LOCK)), asked)
            db.session.execute(text(_of(way.table, FORGET_REFUSED)), asked)
            db.session.execute(text(way.statement), asked)
            db.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            db.session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    except IntegrityError as refusal:
        if len(keys) > 1:
            middle = len(keys) // 2
            _try(way, asked, keys[:middle])
            _try(way, asked, keys[middle:])
        else:
            rule = getattr(getattr(refusal.orig, "diag", None), "constraint_name", None) or ""
            db.session.execute(text(_of(way.table, FORGET_REFUSED)), asked)
            db.session.execute(text(_of(way.table, REFUSE)), {**asked, "rule": rule})


def _put_back(table: KeptTable, columns: Sequence[str]) -> str:
    """Only the columns that were changed in a row are looked at, and written to it; it is another version then."""
    present = PRESENT.format(columns=", ".join(f't."{name}"' for name in columns))
    one = '"{0}" = CASE WHEN kept.before ? \'{0}\' THEN was."{0}" ELSE t."{0}" END'
    assignments = ", ".join(one.format(name) for name in columns)
    if "version" in table.columns:
        assignments += ', "version" = t."version" + 1'
    return _of(table, JUDGED + UPDATE, left="after", why=WHY_UPDATED, assignments=assignments, present=present)


def _remove(table: KeptTable, tables: Mapping[str, KeptTable]) -> str:
    cases = [
        REFERS.format(other=one.name, pairs=" AND ".join(f'o."{here}" = t."{there}"' for here, there in one.pairs))
        for one in references_to(table, tables)
    ]
    about = tables_about_records()
    if table.name not in about:
        cases += [REFERS.format(other=name, pairs=IS_ABOUT) for name in about]
    referred = _of(table, REFERRED, cases=" ".join(cases)) if cases else "NULL"
    return _of(table, JUDGED + DELETE, left="after", why=WHY_CREATED, referred=referred)


def _bring_back(table: KeptTable) -> str:
    columns = ", ".join(f'"{name}"' for name in table.columns)
    values = ", ".join(f'was."{name}"' for name in table.columns)
    return _of(table, JUDGED + INSERT, left="before", why=WHY_DELETED, columns=columns, values=values)


def _of(table: KeptTable, statement: str, **parts: str) -> str:
    """A statement about this table. Every name in it is out of PostgreSQL's own catalogue."""
    known = {
        "table": table.name,
        "same_row": table.same_row("t"),
        "key": table.plain_key,
        "batch": BATCH,
        "referred": "NULL",
        "present": "to_jsonb(t)",
    }
    return statement.format(**{**known, **parts})
