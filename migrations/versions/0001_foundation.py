"""Extensions, jobs, events, audit trail and notices.

Revision ID: 0001
Revises:
"""

from alembic import op

from migrations.inheritance import COPY_TO_CHILD

revision = "0001"
down_revision = None

EXTENSIONS = ("pg_trgm", "unaccent", "btree_gin")

FOLD = """
CREATE FUNCTION fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN lower(public.unaccent('public.unaccent'::regdictionary, value));
"""

PARTITIONS = """
CREATE FUNCTION ensure_month_partition(parent regclass, month date) RETURNS void LANGUAGE plpgsql AS $$
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
    IF to_regclass(name) IS NOT NULL THEN
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

JOBS = """
CREATE TABLE jobs (
    job_id uuid CONSTRAINT pk_jobs PRIMARY KEY,
    name text NOT NULL,
    args jsonb NOT NULL,
    lane text NOT NULL CONSTRAINT ck_jobs_lane CHECK (lane IN ('critical', 'default', 'bulk')),
    key text,
    state text NOT NULL
        CONSTRAINT ck_jobs_state CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    due_at timestamptz NOT NULL,
    rung_at timestamptz,
    attempt integer NOT NULL,
    max_attempts integer NOT NULL,
    lease_until timestamptz,
    done integer NOT NULL,
    total integer,
    step text NOT NULL,
    result jsonb,
    last_error text,
    cancel_asked_at timestamptz,
    correlation_id text NOT NULL,
    actor_id uuid,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz
);
CREATE UNIQUE INDEX uq_jobs_key ON jobs (key) WHERE state IN ('queued', 'running');
CREATE INDEX ix_jobs_due ON jobs (due_at) WHERE state IN ('queued', 'running');
CREATE INDEX ix_jobs_correlation_id ON jobs (correlation_id);
CREATE INDEX ix_jobs_finished_at ON jobs (finished_at);
"""

EVENTS = """
CREATE TABLE events (
    event_id bigint GENERATED ALWAYS AS IDENTITY,
    recorded_at timestamptz NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    uid uuid NOT NULL,
    type text NOT NULL,
    occurred_at timestamptz NOT NULL,
    actor_id uuid,
    subject_id uuid,
    correlation_id text NOT NULL,
    payload jsonb NOT NULL,
    CONSTRAINT pk_events PRIMARY KEY (event_id, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE TABLE events_default PARTITION OF events DEFAULT;
CREATE UNIQUE INDEX uq_events_uid ON events (uid, recorded_at);
CREATE INDEX ix_events_place ON events (xid, event_id);
CREATE INDEX ix_events_subject_id ON events (subject_id, occurred_at);
CREATE INDEX ix_events_type ON events (type, occurred_at);
CREATE INDEX ix_events_correlation_id ON events (correlation_id);
CREATE TABLE event_subscriptions (
    name text CONSTRAINT pk_event_subscriptions PRIMARY KEY,
    from_xid xid8 NOT NULL,
    from_id bigint NOT NULL,
    moved_at timestamptz NOT NULL
);
CREATE TABLE event_failures (
    subscription text NOT NULL CONSTRAINT fk_event_failures_subscription REFERENCES event_subscriptions,
    event_uid uuid NOT NULL,
    attempts integer NOT NULL,
    next_at timestamptz,
    last_error text NOT NULL,
    CONSTRAINT pk_event_failures PRIMARY KEY (subscription, event_uid)
);
"""

AUDIT = """
CREATE TABLE audit_log (
    audit_id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    table_name text NOT NULL,
    row_id text NOT NULL,
    action text NOT NULL CONSTRAINT ck_audit_log_action CHECK (action IN ('insert', 'update', 'delete')),
    actor_id uuid,
    correlation_id text NOT NULL,
    changes jsonb NOT NULL,
    CONSTRAINT pk_audit_log PRIMARY KEY (audit_id, at)
) PARTITION BY RANGE (at);
CREATE TABLE audit_log_default PARTITION OF audit_log DEFAULT;
CREATE INDEX ix_audit_log_row ON audit_log (row_id, audit_id);
CREATE INDEX ix_audit_log_actor_id ON audit_log (actor_id, audit_id);
CREATE INDEX ix_audit_log_correlation_id ON audit_log (correlation_id);

-- What people's names and addresses were, kept apart so that erasing a person can remove it
-- while the trail itself stays untouched.
CREATE TABLE audit_personal (
    audit_id bigint CONSTRAINT pk_audit_personal PRIMARY KEY,
    row_id text NOT NULL,
    changes jsonb NOT NULL
);
CREATE INDEX ix_audit_personal_row_id ON audit_personal (row_id);

-- Arguments: key column; personal columns (values kept apart); hidden columns (values never kept).
CREATE FUNCTION record_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) ELSE '{}' END;
    after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) ELSE '{}' END;
    personal text[] := string_to_array(TG_ARGV[1], ',');
    hidden text[] := string_to_array(TG_ARGV[2], ',');
    open_changes jsonb;
    personal_changes jsonb;
    row_id text := coalesce(after, before) ->> TG_ARGV[0];
    id bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN
        row_id := before ->> TG_ARGV[0];
    END IF;
    SELECT jsonb_object_agg(name, CASE WHEN name = ANY (personal || hidden) THEN '["…", "…"]'::jsonb
                                       ELSE jsonb_build_array(before -> name, after -> name) END),
           jsonb_object_agg(name, jsonb_build_array(before -> name, after -> name)) FILTER (WHERE name = ANY (personal))
    INTO open_changes, personal_changes
    FROM jsonb_object_keys(before || after) AS name
    WHERE coalesce(before -> name, 'null') IS DISTINCT FROM coalesce(after -> name, 'null')
      AND name <> 'version';
    IF open_changes IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO audit_log (table_name, row_id, action, actor_id, correlation_id, changes)
    VALUES (TG_TABLE_NAME, row_id, lower(TG_OP), nullif(current_setting('app.actor_id', true), '')::uuid,
            coalesce(nullif(current_setting('app.correlation_id', true), ''), '-'), open_changes)
    RETURNING audit_id INTO id;
    IF personal_changes IS NOT NULL THEN
        INSERT INTO audit_personal VALUES (id, row_id, personal_changes);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is written once and never changed', TG_TABLE_NAME;
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

SETTINGS = """
CREATE TABLE form_tokens (
    token text CONSTRAINT pk_form_tokens PRIMARY KEY,
    result_url text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX ix_form_tokens_created_at ON form_tokens (created_at);
CREATE TABLE settings (
    key text CONSTRAINT pk_settings PRIMARY KEY,
    value jsonb NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
"""

TABLES = (
    "form_tokens",
    "settings",
    "audit_personal",
    "audit_log",
    "event_failures",
    "event_subscriptions",
    "events",
    "jobs",
)
FUNCTIONS = (
    "refuse_change()",
    "record_audit()",
    "ensure_month_partition(regclass, date)",
    "copy_to_child(regclass, regclass)",
    "fold(text)",
)


def upgrade() -> None:
    for extension in EXTENSIONS:
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    for statement in (FOLD, PARTITIONS, COPY_TO_CHILD, JOBS, EVENTS, AUDIT, SETTINGS):
        op.execute(statement)
    for table in ("events", "audit_log"):
        for ahead in range(3):
            op.execute(
                f"SELECT ensure_month_partition('{table}', (date_trunc('month', now()) + interval '{ahead} month')::date)"
            )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table} CASCADE")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
