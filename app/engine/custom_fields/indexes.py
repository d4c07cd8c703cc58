"""Indexes by which long lists are sorted by custom fields, made and dropped in the background.

Short lists are sorted as quickly without. Nobody waits and nothing is locked meanwhile: PostgreSQL builds
and drops them concurrently, and a list is right at any moment, with an index or not.
"""

import hashlib

from sqlalchemy import text

from app.core import jobs
from app.core.db import db
from app.engine.custom_fields import definitions, sorting
from app.engine.custom_fields.kinds import KINDS

JOB = "custom_fields.arrange_indexes"
LONG_LIST = 10_000

PRESENT = text(
    "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname ~ '^sort_[0-9a-f]{24}$'"
)
LONG = text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname = ANY(:names) AND reltuples >= :least")


def keep_up() -> None:
    """Queue the work when a long list lacks an index, or has one that it needs no more. A duty of the clock."""
    definitions.refresh()
    if _missing() or _needless():
        jobs.enqueue(JOB, {}, lane="bulk", key=JOB)


def arrange() -> int:
    """Drop and make indexes until all are there; returns how many were made. What was left half made goes first."""
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        for name in _needless():
            connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        missing = _missing()
        db.session.commit()
        for name, columns in missing.items():
            connection.exec_driver_sql(f"CREATE INDEX CONCURRENTLY {name} ON {columns}")
    return len(missing)


def _missing() -> dict[str, str]:
    present = _present()
    return {name: columns for name, columns in _wanted().items() if not present.get(name)}


def _needless() -> list[str]:
    wanted = _wanted()
    return [name for name, is_valid in _present().items() if name not in wanted or not is_valid]


def _present() -> dict[str, bool]:
    return dict(db.session.execute(PRESENT).tuples().all())


def _wanted() -> dict[str, str]:
    """The indexes of lists that are long by now: by their names, which tell what they say, table and columns."""
    tables = {kind.key: (kind.model.__table__.name, kind.entity.id.key) for kind in KINDS.values()}
    asked = {"names": [table for table, _key in tables.values()], "least": LONG_LIST}
    long_lists = set(db.session.scalars(LONG, asked))
    said = [
        f"{table} (({sorting.sql(of, 'custom')}), {key})"
        for kind, (table, key) in tables.items()
        if table in long_lists
        for of in definitions.of(kind)
        if sorting.can_sort(of)
    ]
    return {f"sort_{hashlib.sha256(columns.encode()).hexdigest()[:24]}": columns for columns in said}
