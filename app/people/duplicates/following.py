"""What refers to a customer follows when several become one, and goes back when they part again.

Who refers is read out of PostgreSQL's own catalogue, so a table that is made tomorrow follows as well; notices are
named, whose people nobody checks.
A row that the winner has the like of, such as the same tag, is put aside whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from app.core.db import db

RECORD_KIND = "customer"
OWN = frozenset(
    ("customers", "employees", "people", "duplicate_pairs", "merges", "merged_people", "changed_rows", "kept_rows")
)
"""Tables that tell of people themselves, or of what was: nothing in them follows."""

REFERRING = text(
    """
    SELECT c.conrelid::regclass::text AS table_name, a.attname AS column_name, false AS is_record
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    WHERE c.contype = 'f' AND c.confrelid = 'person_registry'::regclass AND c.conparentid = 0
    UNION ALL
    SELECT k.attrelid::regclass::text, 'record_id', true
    FROM pg_attribute k JOIN pg_class t ON t.oid = k.attrelid
    JOIN pg_attribute i ON i.attrelid = k.attrelid AND i.attname = 'record_id'
    WHERE k.attname = 'record_kind' AND t.relkind IN ('r', 'p') AND NOT t.relispartition
    UNION ALL
    SELECT 'notices', 'person_id', false
    ORDER BY 1, 2
    """
)
# Of each unique index without a computed column: its columns, and the condition it holds under.
UNIQUE = text(
    """
    SELECT i.indrelid::regclass::text AS table_name, i.indisprimary AS is_primary,
        (SELECT array_agg(a.attname::text ORDER BY place) FROM unnest(i.indkey) WITH ORDINALITY AS k (number, place)
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number) AS columns,
        coalesce(pg_get_expr(i.indpred, i.indrelid), 'true') AS condition
    FROM pg_index i WHERE i.indisunique AND NOT 0 = ANY (i.indkey)
        AND i.indrelid = ANY (CAST(:tables AS regclass[])) ORDER BY i.indisprimary DESC, 1
    """
)
# What a row is written with: what PostgreSQL computes itself is left out.
COLUMNS = text(
    """
    SELECT attrelid::regclass::text AS table_name, array_agg(attname::text ORDER BY attnum) AS columns
    FROM pg_attribute WHERE attrelid = ANY (CAST(:tables AS regclass[])) AND attnum > 0 AND NOT attisdropped
        AND attgenerated = '' GROUP BY attrelid
    """
)
HAS_CHILDREN = text(
    "SELECT inhparent::regclass::text FROM pg_inherits JOIN pg_class t ON t.oid = inhparent WHERE t.relkind = 'r'"
)

PUT_ASIDE = """
    WITH gone AS (
        DELETE FROM {only} "{table}" t WHERE t."{column}" = ANY (:losers) AND {where} AND {condition} AND EXISTS (
            SELECT FROM (SELECT * FROM {only} "{table}" WHERE {condition}) o WHERE {same}
            AND (o."{column}" = :winner OR o."{column}" = ANY (:losers) AND o."{column}" < t."{column}"))
        RETURNING t."{column}" AS loser_id, {key} AS row_key, to_jsonb(t) AS content)
    INSERT INTO merge_moves (merge_id, table_name, column_name, loser_id, row_key, content)
    SELECT :merge_id, '{table}', '{column}', loser_id, row_key, content FROM gone
"""
MOVE = """
    WITH moved AS (
        UPDATE {only} "{table}" t SET "{column}" = :winner WHERE t."{column}" = ANY (:losers) AND {where}
        RETURNING old."{column}" AS loser_id, {key} AS row_key)
    INSERT INTO merge_moves (merge_id, table_name, column_name, loser_id, row_key)
    SELECT :merge_id, '{table}', '{column}', loser_id, row_key FROM moved
"""
# Only what is with the winner still: what somebody gave to another customer since stays there.
MOVE_BACK = """
    WITH back AS (
        UPDATE {only} "{table}" t SET "{column}" = m.loser_id
        FROM merge_moves m, jsonb_populate_record(NULL::"{table}", m.row_key) k
        WHERE m.merge_id = :merge_id AND m.table_name = '{table}' AND m.column_name = '{column}' AND m.content IS NULL
            AND {same_row} AND t."{column}" = :winner
        RETURNING 1)
    SELECT count(*) FROM back
"""
BRING_BACK = """
    INSERT INTO "{table}" ({columns}) OVERRIDING SYSTEM VALUE
    SELECT {values} FROM merge_moves m, jsonb_populate_record(NULL::"{table}", m.content) was
    WHERE m.merge_id = :merge_id AND m.table_name = '{table}' AND m.column_name = '{column}' AND m.content IS NOT NULL
    ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Unique:
    """Columns that no two rows of a table have alike, as far as the condition holds."""

    columns: Sequence[str]
    condition: str


@dataclass(frozen=True)
class Follower:
    """A column that says whose a row is. `where` narrows it to rows about customers."""

    table: str
    column: str
    where: str
    key: Sequence[str]
    columns: Sequence[str]
    uniques: Sequence[Unique]
    is_parent: bool

    def statement(self, pattern: str, unique: Unique | None = None) -> str:
        """A statement about this column. Every name in it is out of PostgreSQL's own catalogue."""
        after = ", ".join(f"'{name}', t.\"{name}\"" for name in self.key)
        same = [f'o."{name}" = t."{name}"' for name in (unique.columns if unique else ()) if name != self.column]
        return pattern.format(
            table=self.table,
            column=self.column,
            only="ONLY" if self.is_parent else "",
            where=self.where,
            key=f"jsonb_build_object({after})",
            same_row=" AND ".join(f't."{name}" = k."{name}"' for name in self.key),
            same=" AND ".join(same) or "true",
            columns=", ".join(f'"{name}"' for name in self.columns),
            values=", ".join(f'was."{name}"' for name in self.columns),
            condition=unique.condition if unique else "true",
        )


_more: list[tuple[str, str]] = [("events", "subject_id")]


def add_follower(table: str, column: str) -> None:
    """Let a column follow that says whose a row is, and that no foreign key tells of."""
    _more.append((table, column))


def followers() -> list[Follower]:
    """Every column that says whose a row is."""
    found = [(row.table_name, row.column_name, row.is_record) for row in db.session.execute(REFERRING)]
    found += [(table, column, False) for table, column in _more]
    found = [row for row in found if row[0] not in OWN]
    parents = set(db.session.scalars(HAS_CHILDREN))
    tables = {"tables": sorted({table for table, _column, _is in found})}
    uniques = db.session.execute(UNIQUE, tables).all()
    columns = {row.table_name: row.columns for row in db.session.execute(COLUMNS, tables)}
    return [
        Follower(
            table,
            column,
            f"t.record_kind = '{RECORD_KIND}'" if is_record else "true",
            next(one.columns for one in uniques if one.table_name == table and one.is_primary),
            columns[table],
            [
                Unique(one.columns, one.condition)
                for one in uniques
                if one.table_name == table and column in one.columns
            ],
            table in parents,
        )
        for table, column, is_record in found
    ]


def move(merge_id: UUID, losers: Sequence[UUID], winner: UUID) -> None:
    """Give to the winner all that the losers have."""
    values = {"merge_id": merge_id, "losers": list(losers), "winner": winner}
    _allow(merge_id)
    for follower in followers():
        for unique in follower.uniques:
            db.session.execute(text(follower.statement(PUT_ASIDE, unique)), values)
        db.session.execute(text(follower.statement(MOVE)), values)
    _allow(None)


def move_back(merge_id: UUID, winner: UUID) -> int:
    """Give back what followed in a merge, the last first; returns how many rows stay with somebody else."""
    values = {"merge_id": merge_id, "winner": winner}
    known = {(follower.table, follower.column): follower for follower in followers()}
    touched = text(
        "SELECT table_name, column_name, count(*) FILTER (WHERE content IS NULL) FROM merge_moves"
        " WHERE merge_id = :merge_id GROUP BY 1, 2 ORDER BY min(move_id) DESC"
    )
    stayed = 0
    _allow(merge_id)
    for table, column, count in db.session.execute(touched, values).all():
        follower = known.get((table, column))
        if follower is None:
            continue
        stayed += count - (db.session.scalar(text(follower.statement(MOVE_BACK)), values) or 0)
        db.session.execute(text(follower.statement(BRING_BACK)), values)
    _allow(None)
    return stayed


def _allow(merge_id: UUID | None) -> None:
    """Let rows that are written once change whose they are, for this transaction."""
    db.session.execute(text("SELECT set_config('app.merge_id', :id, true)"), {"id": str(merge_id or "")})
