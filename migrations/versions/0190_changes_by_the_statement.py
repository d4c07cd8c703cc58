"""Audit people by the statement, and look only at the columns that a statement really changed.

Revision ID: 0190
Revises: 0220
"""

from alembic import context, op

revision = "0190"
down_revision = "0220"

# Triggers on statements write down what differs, in SQL that is made for the columns of the statement: to compare
# these as they are, and to make JSON of those alone that differ, takes a tenth of what JSON of whole rows takes.
DIFFERENCES = """
-- The rows of a statement by operation: as they were (o) and as they are (n). PostgreSQL puts both versions of a
-- row into the transition tables together, so that their places make the pairs.
CREATE FUNCTION rows_of_statement(operation text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE operation
    WHEN 'INSERT' THEN 'new_rows n'
    WHEN 'DELETE' THEN 'old_rows o'
    ELSE '(SELECT row_number() OVER () AS "#", * FROM old_rows) o'
        ' JOIN (SELECT row_number() OVER () AS "#", * FROM new_rows) n USING ("#")'
END;

-- An UPDATE of nothing is told from others at once, and no column is looked at twice that is the same in every row.
CREATE FUNCTION ask_what_differs(relation regclass, ignored text[]) RETURNS text LANGUAGE sql STABLE
RETURN (
    SELECT format('SELECT array_remove(ARRAY[%s], NULL) FROM %s',
        string_agg(format('CASE WHEN bool_or(o.%1$I IS DISTINCT FROM n.%1$I) THEN %1$L END', attname), ', '),
        rows_of_statement('UPDATE'))
    FROM pg_attribute
    WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attname <> ALL (ignored));

-- JSON of those of the named columns that pass a test, each with a value: both are made for a column %1$I.
CREATE FUNCTION say_differences(names text[], test text, value text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN coalesce(
    (SELECT string_agg(format('CASE WHEN ' || test || ' THEN jsonb_build_object(%1$L, ' || value || ') ELSE ''{}'' END',
            name), ' || ')
     FROM unnest(names) AS name),
    '''{}''::jsonb');
"""

# As record_audit, with the same arguments, for tables of which very many rows are written at once.
AUDIT = """
CREATE FUNCTION record_audit_of_statement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    personal text[] := string_to_array(TG_ARGV[1], ',');
    hidden text[] := string_to_array(TG_ARGV[2], ',');
    names text[];
    test text := CASE TG_OP
        WHEN 'INSERT' THEN 'n.%1$I IS NOT NULL'
        WHEN 'DELETE' THEN 'o.%1$I IS NOT NULL'
        ELSE 'o.%1$I IS DISTINCT FROM n.%1$I' END;
    value text := CASE TG_OP
        WHEN 'INSERT' THEN 'jsonb_build_array(NULL, n.%1$I)'
        WHEN 'DELETE' THEN 'jsonb_build_array(o.%1$I, NULL)'
        ELSE 'jsonb_build_array(o.%1$I, n.%1$I)' END;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        EXECUTE ask_what_differs(TG_RELID, '{version}') INTO names;
        IF names IS NULL OR names = '{}' THEN
            RETURN NULL;
        END IF;
    ELSE
        SELECT array_agg(attname) INTO names FROM pg_attribute
        WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped AND attname <> 'version';
    END IF;
    EXECUTE format($statement$
        WITH told AS MATERIALIZED (
            SELECT nextval(pg_get_serial_sequence('audit_log', 'audit_id')) AS audit_id, %s::text AS row_id,
                %s || %s AS open, %s AS personal
            FROM %s),
        written AS (
            INSERT INTO audit_log (audit_id, table_name, row_id, action, actor_id, correlation_id, changes)
            OVERRIDING SYSTEM VALUE SELECT audit_id, $1, row_id, $2, $3, $4, open FROM told WHERE open <> '{}')
        INSERT INTO audit_personal SELECT audit_id, row_id, personal FROM told WHERE personal <> '{}'
        $statement$,
        format(CASE TG_OP WHEN 'DELETE' THEN 'o.%I' ELSE 'n.%I' END, TG_ARGV[0]),
        say_differences(ARRAY(SELECT name FROM unnest(names) AS name WHERE name <> ALL (personal || hidden)), test, value),
        say_differences(ARRAY(SELECT name FROM unnest(names) AS name WHERE name = ANY (personal || hidden)), test,
            '''["…", "…"]''::jsonb'),
        say_differences(ARRAY(SELECT name FROM unnest(names) AS name WHERE name = ANY (personal)), test, value),
        rows_of_statement(TG_OP))
    USING TG_TABLE_NAME, lower(TG_OP), nullif(current_setting('app.actor_id', true), '')::uuid,
        coalesce(nullif(current_setting('app.correlation_id', true), ''), '-');
    RETURN NULL;
END $$;
"""

# As before but for UPDATE. Arguments, each a text: key columns; ignored columns; the record's kind or the column
# that has it; the column that has the record's id. A row that is changed twice within a change set keeps its first
# before and its last after.
KEEP = """
CREATE OR REPLACE FUNCTION keep_changed_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    this_set uuid := current_setting('app.change_set_id')::uuid;
    key text[] := string_to_array(TG_ARGV[0], ',');
    names text[];
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
        EXECUTE ask_what_differs(TG_RELID, string_to_array(TG_ARGV[1], ',')) INTO names;
        IF names IS NULL OR names = '{}' THEN
            RETURN NULL;
        END IF;
        EXECUTE format($statement$
            WITH changed AS MATERIALIZED (
                SELECT to_jsonb((SELECT identity FROM (SELECT %s) AS identity)) AS identity, %s AS before, %s AS after
                FROM %s),
            kept AS (
                INSERT INTO changed_rows AS present
                SELECT $1, $2, pick(identity, $3), 'update', coalesce(identity ->> $4, $4), (identity ->> $5)::uuid,
                    before, after
                FROM changed WHERE after <> '{}'
                ON CONFLICT (change_set_id, table_name, row_key) DO UPDATE SET
                    before = CASE present.action WHEN 'insert' THEN NULL ELSE EXCLUDED.before || present.before END,
                    after = present.after || EXCLUDED.after
                RETURNING WITH (OLD AS was) was.action IS NULL AS is_new)
            SELECT count(*) FILTER (WHERE is_new) FROM kept
            $statement$,
            (SELECT string_agg(format('n.%I', attname), ', ') FROM pg_attribute
             WHERE attrelid = TG_RELID AND attnum > 0 AND attname = ANY (key || TG_ARGV[2] || TG_ARGV[3])),
            say_differences(names, 'o.%1$I IS DISTINCT FROM n.%1$I', 'o.%1$I'),
            say_differences(names, 'o.%1$I IS DISTINCT FROM n.%1$I', 'n.%1$I'),
            rows_of_statement(TG_OP))
        INTO added USING this_set, TG_TABLE_NAME, key, TG_ARGV[2], TG_ARGV[3];
    END IF;
    IF added > 0 THEN
        UPDATE change_sets SET rows_changed = rows_changed + added WHERE change_set_id = this_set;
    END IF;
    RETURN NULL;
END $$;
"""

# No function is IMMUTABLE that calls one that is not: PostgreSQL writes it into statements only as what it is.
PICK = """
CREATE OR REPLACE FUNCTION pick(value jsonb, names text[]) RETURNS text LANGUAGE sql {kind} PARALLEL SAFE
    RETURN CASE cardinality(names)
        WHEN 1 THEN value ->> names[1]
        ELSE concat_ws(' ', value ->> names[1], value ->> names[2], value ->> names[3]) END;
"""

PEOPLE = ("people", "customers", "employees")
PERSONAL = "first_name,last_name,email,reference,custom"
HIDDEN = "phone_enc,phone_index,address_enc,password_hash,phone_endings"
ROWS = {
    "insert": "NEW TABLE AS new_rows",
    "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "OLD TABLE AS old_rows",
}


def upgrade() -> None:
    op.execute(DIFFERENCES)
    op.execute(AUDIT)
    op.execute(KEEP)
    op.execute(PICK.format(kind="STABLE"))
    # A statement on the parent fires the parent's triggers alone, so the children and it have the same.
    for table in PEOPLE:
        op.execute(f"DROP TRIGGER audit ON {table}")
        for action, rows in ROWS.items():
            op.execute(
                f"CREATE TRIGGER audit_{action} AFTER {action.upper()} ON {table} REFERENCING {rows} FOR EACH STATEMENT"
                f" EXECUTE FUNCTION record_audit_of_statement('person_id', '{PERSONAL}', '{HIDDEN}')"
            )


def downgrade() -> None:
    for table in PEOPLE:
        for action in ROWS:
            op.execute(f"DROP TRIGGER audit_{action} ON {table}")
        op.execute(
            f"CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW"
            f" EXECUTE FUNCTION record_audit('person_id', '{PERSONAL}', '{HIDDEN}')"
        )
    op.execute("DROP FUNCTION record_audit_of_statement()")
    kept_before = context.script.get_revision("0100").module.KEEP
    op.execute(kept_before.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    op.execute(PICK.format(kind="IMMUTABLE"))
    for function in (
        "say_differences(text[], text, text)",
        "ask_what_differs(regclass, text[])",
        "rows_of_statement(text)",
    ):
        op.execute(f"DROP FUNCTION {function}")
