"""Setting one column of many rows at once."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, inspect, update
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import db, one_of, sign_writes
from app.engine.bulk.kinds import Work
from app.engine.events import actions as events


def set_column(
    work: Work, column: InstrumentedAttribute[Any], value: Any, *where: ColumnElement[bool]
) -> Sequence[UUID]:
    """Set a column where it holds something else; returns the ids of the rows that really changed."""
    table: Any = inspect(column.class_).local_table
    (key,) = table.primary_key
    statement = (
        update(table)
        .where(one_of(key, work.ids), column.is_distinct_from(value), *where)
        .values({column.key: value, "version": table.c.version + 1})
        .returning(key)
    )
    sign_writes(db.session())
    return db.session.scalars(statement).all()


def tell_changed(work: Work, event: str, changed: Sequence[UUID], column: InstrumentedAttribute[Any]) -> None:
    """Say of each row that its column was set, when they are few."""
    if not work.is_many:
        events.emit_many(event, [(one, {"fields": [column.key]}) for one in changed], actor=work.actor)
