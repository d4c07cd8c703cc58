"""The tables under undo, as PostgreSQL knows them, and who wants to hear of what an undo did to them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from app.core.access import Actor
from app.core.db import db
from app.engine.changes.models import ChangeSet

KEPT = text(
    """
    SELECT t.relname AS name, string_to_array(encode(g.tgargs, 'escape'), '\\000') AS arguments,
        (SELECT jsonb_object_agg(a.attname, format_type(a.atttypid, a.atttypmod)) FROM pg_attribute a
         WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns
    FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid WHERE g.tgname = 'keep_update'
    """
)
# A row is referred to by itself, or by the registry its own key is an entry of.
REFERENCES = text(
    """
    WITH targets AS (
        SELECT CAST(:name AS regclass) AS target
        UNION
        SELECT c.confrelid FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.conrelid = CAST(:name AS regclass) AND c.contype = 'f' AND a.attname = :key)
    SELECT c.conrelid::regclass::text AS name, c.confdeltype AS when_deleted,
        (SELECT array_agg(ARRAY[a.attname::text, b.attname::text] ORDER BY place)
         FROM unnest(c.conkey, c.confkey) WITH ORDINALITY AS pair (here, there, place)
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = here
         JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = there) AS columns
    FROM pg_constraint c JOIN targets ON target = c.confrelid
    WHERE c.contype = 'f' AND c.conparentid = 0 AND c.conrelid <> CAST(:name AS regclass)
    """
)
FOREIGN_KEYS = text(
    """
    SELECT conrelid::regclass::text, confrelid::regclass::text,
        cardinality(conkey) > 1 AND conrelid IN (SELECT inhrelid FROM pg_inherits) AS is_entry
    FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND conrelid <> confrelid
    """
)
ABOUT_RECORDS = text(
    """
    SELECT k.attrelid::regclass::text FROM pg_attribute k
    JOIN pg_attribute i ON i.attrelid = k.attrelid AND i.attname = 'record_id'
    JOIN pg_class t ON t.oid = k.attrelid
    WHERE k.attname = 'record_kind' AND t.relkind IN ('r', 'p') AND NOT t.relispartition
      AND t.relname <> ALL(:own)
    """
)
OWN = ["changed_rows", "kept_rows"]


@dataclass(frozen=True)
class KeptTable:
    """A table under undo. `columns`: the type of each; `key`: those that tell rows apart; `kind`: of which record."""

    name: str
    columns: dict[str, str]
    key: Sequence[str]
    ignored: Sequence[str]
    kind: str
    record_column: str

    def same_row(self, alias: str, kept: str = "kept") -> str:
        """SQL: the row of the table is the one that was kept."""
        parts = (
            [f"{kept}.row_key"]
            if len(self.key) == 1
            else [f"split_part({kept}.row_key, ' ', {place})" for place in range(1, len(self.key) + 1)]
        )
        return " AND ".join(
            f'{alias}."{column}" = {part}::{self.columns[column]}' for column, part in zip(self.key, parts, strict=True)
        )

    @property
    def plain_key(self) -> str:
        """SQL: the key's columns, of the table as `t`."""
        return ", ".join(f't."{column}"' for column in self.key)


@dataclass(frozen=True)
class Reference:
    """Rows of another table that refer to rows of this one. `pairs`: their column, and the one it names."""

    name: str
    pairs: Sequence[Sequence[str]]


def kept_tables() -> dict[str, KeptTable]:
    """Every table under undo, by name."""
    found = {}
    for row in db.session.execute(KEPT):
        key, ignored, kind, record_column, *_rest = row.arguments
        found[row.name] = KeptTable(row.name, row.columns, key.split(","), ignored.split(","), kind, record_column)
    return found


def references_to(table: KeptTable, kept: Mapping[str, KeptTable]) -> list[Reference]:
    """Who may refer to a row of this table.

    What PostgreSQL deletes or clears by itself along with the row is no reason to keep it, unless it is
    people's own work, which is under undo and about something else.
    """
    rows = db.session.execute(REFERENCES, {"name": table.name, "key": table.key[0]}).all()
    return [
        Reference(row.name, row.columns)
        for row in rows
        if row.when_deleted in ("a", "r") or (row.name in kept and not _belongs(kept[row.name], row.columns))
    ]


def _belongs(other: KeptTable, columns: Sequence[Sequence[str]]) -> bool:
    """The other table's rows are a part of the record they refer to."""
    return other.record_column in [here for here, _there in columns]


def tables_about_records() -> Sequence[str]:
    """Tables of what goes with any record: tags, notes, files, tasks."""
    return db.session.scalars(ABOUT_RECORDS, {"own": OWN}).all()


def parents_first(names: Collection[str]) -> list[str]:
    """Tables in an order in which each stands behind those it refers to."""
    needs = _needs(names)
    ordered: list[str] = []
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name not in seen:
            seen.add(name)
            for other in sorted(needs[name]):
                visit(other)
            ordered.append(name)

    for name in sorted(names):
        visit(name)
    return [name for name in ordered if name in names]


def _needs(names: Collection[str]) -> dict[str, set[str]]:
    """What must be there before rows of each table can be. An inherited table comes before its registry."""
    needs: defaultdict[str, set[str]] = defaultdict(set)
    for child, parent, is_entry in db.session.execute(FOREIGN_KEYS):
        first, second = (child, parent) if is_entry else (parent, child)
        needs[second].add(first)
    about = set(tables_about_records())
    for name in about & set(names):
        needs[name] |= set(names) - about
    return needs


Listener = Callable[[ChangeSet, Actor], Any]
_listeners: dict[str, Listener] = {}


def after_undo(table: str, listener: Listener) -> None:
    """Let a package follow when an undo changed rows of its table: `listener(undo, actor)`, once for each undo."""
    _listeners[table] = listener


def tell(undo: ChangeSet, names: Collection[str], actor: Actor) -> None:
    """Call the listeners of these tables."""
    for name in sorted(names):
        if name in _listeners:
            _listeners[name](undo, actor)
