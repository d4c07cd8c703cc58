"""Every child of an inherited table has what inheritance does not give it."""

from collections.abc import Iterator

from sqlalchemy import text

from app.core.db import db

CHILDREN = text(
    "SELECT inhparent::regclass::text AS parent, inhrelid::regclass::text AS child FROM pg_inherits"
    " JOIN pg_class ON pg_class.oid = inhparent WHERE relkind = 'r' ORDER BY 1, 2"
)
INDEXES = text(
    "SELECT regexp_replace(pg_get_indexdef(indexrelid), '^CREATE (UNIQUE )?INDEX \\S+ ON \\S+ ', '\\1') FROM pg_index"
    " WHERE indrelid = CAST(:name AS regclass) AND NOT indisprimary"
)
FOREIGN_KEYS = text(
    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = CAST(:name AS regclass) AND contype = 'f'"
)
CHECKS = text(
    "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE conrelid = CAST(:name AS regclass) AND contype IN ('c', 'n') AND NOT connoinherit"
)
TRIGGERS = text(
    "SELECT regexp_replace(pg_get_triggerdef(oid), ' ON \\S+ ', ' ON table ') FROM pg_trigger"
    " WHERE tgrelid = CAST(:name AS regclass) AND NOT tgisinternal AND tgenabled <> 'D'"
)
DEFAULTS = text(
    "SELECT a.attname || ' ' || pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d"
    " JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum"
    " WHERE d.adrelid = CAST(:name AS regclass) AND a.attname <> 'kind'"
)
PRIVILEGES = text(
    "SELECT coalesce(relacl::text, '') || relrowsecurity::text FROM pg_class WHERE oid = CAST(:name AS regclass)"
)
PRIMARY_KEY = text(
    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = CAST(:name AS regclass) AND contype = 'p'"
)
REGISTRY_KEY = text(
    "SELECT count(*) FROM pg_constraint WHERE conrelid = CAST(:name AS regclass) AND contype = 'f'"
    " AND pg_get_constraintdef(oid) LIKE '%, kind) REFERENCES %_registry(%'"
)
COMPARED = {
    "primary key": PRIMARY_KEY,
    "index": INDEXES,
    "foreign key": FOREIGN_KEYS,
    "check": CHECKS,
    "trigger": TRIGGERS,
    "default": DEFAULTS,
    "rights": PRIVILEGES,
}


def children() -> list[tuple[str, str]]:
    """Every inherited pair (parent, child), partitions left out."""
    return [(row.parent, row.child) for row in db.session.execute(CHILDREN)]


def problems() -> Iterator[str]:
    """One sentence for each thing a parent has and its child lacks."""
    for parent, child in children():
        for what, query in COMPARED.items():
            wanted = set(db.session.scalars(query, {"name": parent}))
            present = set(db.session.scalars(query, {"name": child}))
            for missing in sorted(wanted - present):
                yield f"{child} lacks the {what} of {parent}: {missing}"
        if not db.session.scalar(REGISTRY_KEY, {"name": child}):
            yield f"{child} has no foreign key to the registry of {parent}"
