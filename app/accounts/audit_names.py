"""What the rows are called that the audit trail speaks of: as people call them, not by their ids."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, Text, Uuid, cast, literal, select, union_all

from app.core.access import Actor
from app.core.db import Base, db, one_of
from app.engine.records import kinds
from app.people.models import Person

Row = tuple[str, str]
"""The table and the id of a row, as the trail writes them."""

NAMED_BY = ("name", "title", "label", "topic", "number")
PEOPLE = "person_registry"


def points_to(table: str, field: str, fields: Mapping[str, Any]) -> str:
    """The table whose ids a field of a changed row holds; where nothing says it, they may be people's.

    What a `record_id` belongs to stands in the row's own `record_kind`.
    """
    if field == "record_id":
        kind = kinds.KINDS.get(next((said for said in reversed(fields.get("record_kind", ())) if said), ""))
        return _table_of(kind) if kind else PEOPLE
    known = Base.metadata.tables.get(table)
    column = known.columns.get(field) if known is not None else None
    return next((key.column.table.name for key in column.foreign_keys), PEOPLE) if column is not None else PEOPLE


def names_of(asked: Collection[Row]) -> dict[Row, str]:
    """What rows are called that have a name, a title, a label or a number; people by theirs. One statement."""
    parts = []
    for table in sorted({table for table, _id in asked}):
        key, name = _naming(table)
        if key is not None and name is not None:
            ids = [row_id for its_table, row_id in asked if its_table == table]
            named = select(literal(table, Text), cast(key, Text), cast(name, Text))
            parts.append(named.where(one_of(key, _as_kept(key, ids))))
    if not parts:
        return {}
    found = db.session.execute(union_all(*parts)).tuples()
    return {(table, row_id): name for table, row_id, name in found if name}


def records_of(actor: Actor, asked: Collection[Row]) -> dict[Row, kinds.Record]:
    """Of some rows the records with a page of their own that the reader may see; a statement for each kind."""
    kept_in = {_table_of(kind): kind.key for kind in kinds.KINDS.values()}
    records = {
        (table, row_id): (kept_in[table], record_id)
        for table, row_id in asked
        if table in kept_in
        for record_id in _uuids([row_id])
    }
    found = kinds.find_records(actor, set(records.values()))
    return {row: found[record] for row, record in records.items() if record in found}


def _table_of(kind: kinds.RecordKind) -> str:
    return kind.path.strip("/")


@lru_cache(maxsize=256)
def _naming(table: str) -> tuple[ColumnElement[Any] | None, ColumnElement[Any] | None]:
    """By which column a row of a table is found, and which one names it."""
    if table in (PEOPLE, "customers", "employees"):
        return Person.person_id.expression, Person.name.expression
    known: Table | None = Base.metadata.tables.get(table)
    if known is None or len(known.primary_key.columns) != 1:
        return None, None
    name = next((known.columns[name] for name in NAMED_BY if name in known.columns), None)
    return next(iter(known.primary_key.columns)), name


def _as_kept(key: ColumnElement[Any], ids: Collection[str]) -> list[Any]:
    """Ids as the column keeps them; what cannot be one is left out."""
    if isinstance(key.type, Uuid):
        return _uuids(ids)
    return [int(one) for one in ids if one.isdecimal()] if key.type.python_type is int else list(ids)


def _uuids(ids: Collection[str]) -> list[UUID]:
    found = []
    for one in ids:
        try:
            found.append(UUID(one))
        except ValueError:
            continue
    return found
