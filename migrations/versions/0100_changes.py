"""Change sets: what one action of a person changed, so that it can be undone.

Revision ID: 0100
Revises: 0170
"""

from alembic import op

from migrations.undo import keep_changes, stop_keeping

revision = "0100"
down_revision = "0170"

# Rows are looked up by their change set alone, and go with it: no foreign key checks each of 100,000.
TABLES = """
CREATE TABLE change_sets (
    change_set_id uuid CONSTRAINT pk_change_sets PRIMARY KEY,
    kind text NOT NULL,
    label text NOT NULL CONSTRAINT ck_change_sets_label CHECK (label <> ''),
    actor_id uuid,
    at timestamptz NOT NULL,
    job_id uuid,
    rows_changed integer NOT NULL DEFAULT 0,
    undoes_id uuid CONSTRAINT fk_change_sets_undoes_id REFERENCES change_sets ON DELETE CASCADE,
    undone_at timestamptz,
    undone_by uuid
);
CREATE INDEX ix_change_sets_at ON change_sets (at, change_set_id);
CREATE INDEX ix_change_sets_actor_id ON change_sets (actor_id, at, change_set_id);
CREATE UNIQUE INDEX uq_change_sets_undoes_id ON change_sets (undoes_id);

CREATE TABLE changed_rows (
    change_set_id uuid NOT NULL,
    table_name text NOT NULL,
    row_key text NOT NULL,
    action text NOT NULL CONSTRAINT ck_changed_rows_action CHECK (action IN ('insert', 'update', 'delete', 'none')),
    record_kind text NOT NULL,
    record_id uuid,
    before jsonb,
    after jsonb,
    CONSTRAINT pk_changed_rows PRIMARY KEY (change_set_id, table_name, row_key)
);
CREATE INDEX ix_changed_rows_record_id ON changed_rows (record_id);

-- What an undo left as it was, and why.
CREATE TABLE kept_rows (
    change_set_id uuid NOT NULL CONSTRAINT fk_kept_rows_change_set_id REFERENCES change_sets ON DELETE CASCADE,
    table_name text NOT NULL,
    row_key text NOT NULL,
    record_kind text NOT NULL,
    record_id uuid,
    why text NOT NULL CONSTRAINT ck_kept_rows_why CHECK (why IN ('touched', 'gone', 'there', 'referred', 'refused')),
    detail text NOT NULL DEFAULT '',
    touched_by uuid,
    touched_at timestamptz,
    CONSTRAINT pk_kept_rows PRIMARY KEY (change_set_id, table_name, row_key)
);
CREATE INDEX ix_kept_rows_record_id ON kept_rows (record_id);
"""

# Arguments, each a text: key columns; ignored columns; the record's kind or the column that has it; the
# column that has the record's id. A statement's rows are kept by one INSERT. A plan made for one row must
# not meet 100,000: transition tables tell the planner their size only once, so no nested loops.
# A row that is changed twice within a change set keeps its first before and its last after.
KEEP = """
CREATE FUNCTION keep_changed_rows() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
    this_set uuid := current_setting('app.change_set_id')::uuid;
    key text[] := string_to_array(TG_ARGV[0], ',');
    ignored text[] := string_to_array(TG_ARGV[1], ',');
    added integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        WITH seen AS MATERIALIZED (SELECT to_jsonb(r) AS after FROM new_rows r),
        kept AS (
            INSERT INTO changed_rows AS present
            SELECT this_set, TG_TABLE_NAME, pick(after, key), 'insert', coalesce(after ->> TG_ARGV[2], TG_ARGV[2]),
                (after ->> TG_ARGV[3])::uuid, NULL, after
            FROM seen
            ON CONFLICT (change_set_id, table_name, row_key) DO UPDATE SET
                action = CASE present.action WHEN 'delete' THEN 'update' ELSE 'insert' END,
                after = EXCLUDED.after
            RETURNING WITH (OLD AS was) was.action IS NULL AS is_new)
        SELECT count(*) FILTER (WHERE is_new) INTO added FROM kept;
    ELSIF TG_OP = 'DELETE' THEN
        WITH seen AS MATERIALIZED (SELECT to_jsonb(r) AS before FROM old_rows r),
        kept AS (
            INSERT INTO changed_rows AS present
            SELECT this_set, TG_TABLE_NAME, pick(before, key), 'delete', coalesce(before ->> TG_ARGV[2], TG_ARGV[2]),
                (before ->> TG_ARGV[3])::uuid, before, NULL
            FROM seen
            ON CONFLICT (change_set_id, table_name, row_key) DO UPDATE SET
                action = CASE present.action WHEN 'insert' THEN 'none' ELSE 'delete' END,
                before = CASE present.action WHEN 'insert' THEN NULL ELSE EXCLUDED.before || present.before END,
                after = NULL
            RETURNING WITH (OLD AS was) was.action IS NULL AS is_new)
        SELECT count(*) FILTER (WHERE is_new) INTO added FROM kept;
    ELSE
        WITH earlier AS MATERIALIZED (
            SELECT pick(seen.before, key) AS row_key, seen.before FROM (SELECT to_jsonb(r) AS before FROM old_rows r) seen),
        later AS MATERIALIZED (
            SELECT pick(seen.after, key) AS row_key, seen.after FROM (SELECT to_jsonb(r) AS after FROM new_rows r) seen),
        kept AS (
            INSERT INTO changed_rows AS present
            SELECT this_set, TG_TABLE_NAME, row_key, 'update', coalesce(later.after ->> TG_ARGV[2], TG_ARGV[2]),
                (later.after ->> TG_ARGV[3])::uuid, changed.before, changed.after
            FROM earlier JOIN later USING (row_key), LATERAL (
                SELECT jsonb_object_agg(name, earlier.before -> name) AS before, jsonb_object_agg(name, value) AS after
                FROM jsonb_each(later.after) AS each (name, value)
                WHERE value IS DISTINCT FROM earlier.before -> name AND name <> ALL (ignored)) AS changed
            WHERE changed.before IS NOT NULL
            ON CONFLICT (change_set_id, table_name, row_key) DO UPDATE SET
                before = CASE present.action WHEN 'insert' THEN NULL ELSE EXCLUDED.before || present.before END,
                after = present.after || EXCLUDED.after
            RETURNING WITH (OLD AS was) was.action IS NULL AS is_new)
        SELECT count(*) FILTER (WHERE is_new) INTO added FROM kept;
    END IF;
    IF added > 0 THEN
        UPDATE change_sets SET rows_changed = rows_changed + added WHERE change_set_id = this_set;
    END IF;
    RETURN NULL;
END $$;
"""

PICK = """
CREATE FUNCTION pick(value jsonb, names text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE cardinality(names)
        WHEN 1 THEN value ->> names[1]
        ELSE concat_ws(' ', value ->> names[1], value ->> names[2], value ->> names[3]) END;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(PICK)
    op.execute(KEEP)
    # A statement on the parent fires the parent's triggers alone, so the children and it have the same.
    for table in ("people", "customers", "employees"):
        keep_changes(table, "person_id", about="kind:person_id")
    keep_changes("products", "product_id")
    keep_changes("saved_views", "view_id")
    keep_changes("segments", "segment_id", ignore=("version", "member_count", "refreshed_at", "refresh_ms", "problem"))
    keep_changes("segment_members", "segment_id", "person_id", about="customer:person_id", ignore=("entered_at",))
    keep_changes("tags", "tag_id")
    keep_changes("record_tags", "record_id", "tag_id", "record_kind", about="record_kind:record_id")


def downgrade() -> None:
    for table in (
        "record_tags",
        "tags",
        "segment_members",
        "segments",
        "saved_views",
        "products",
        "employees",
        "customers",
        "people",
    ):
        stop_keeping(table)
    op.execute("DROP FUNCTION keep_changed_rows()")
    op.execute("DROP FUNCTION pick(jsonb, text[])")
    op.execute("DROP TABLE kept_rows")
    op.execute("DROP TABLE changed_rows")
    op.execute("DROP TABLE change_sets")
