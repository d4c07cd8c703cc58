"""Months of a table: whoever waited for another to make one sees that it is there.

`to_regclass` answers from what the session remembers of the catalogue, which a wait for an
advisory lock does not refresh; a look into `pg_class` is a look at what is committed.

Revision ID: 0431
Revises: 0430
"""

from alembic import op

revision = "0431"
down_revision = "0430"

FUNCTION = """
CREATE OR REPLACE FUNCTION ensure_month_partition(parent regclass, month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := format('%s_%s', parent, to_char(month, 'YYYY_MM'));
    key text := (SELECT a.attname FROM pg_partitioned_table p
                 JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
                 WHERE p.partrelid = parent);
    low timestamptz := date_trunc('month', month)::timestamp AT TIME ZONE 'UTC';
    high timestamptz := (date_trunc('month', month) + interval '1 month')::timestamp AT TIME ZONE 'UTC';
    taken boolean;
BEGIN
    IF to_regclass(name) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext(name));
    IF {is_there} THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %s_default WHERE %I >= %L AND %I < %L)', parent, key, low, key, high)
        INTO taken;
    IF taken THEN  -- rows of this month already live in the default partition: leave them there
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name, parent);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, name, low, high);
END $$;
"""
NOW = "EXISTS (SELECT FROM pg_class WHERE relname = name AND pg_table_is_visible(oid))"
BEFORE = "to_regclass(name) IS NOT NULL"


def upgrade() -> None:
    op.execute(FUNCTION.replace("{is_there}", NOW))


def downgrade() -> None:
    op.execute(FUNCTION.replace("{is_there}", BEFORE))
