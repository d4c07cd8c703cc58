"""Reach: what is written to whom, by which channel, and what became of it.

Deliveries and steps are written once and never changed: a million of them leave nothing to clean up behind them, and
a month of them goes as one partition. What is changed while messages go out are a few thousand chunks.

Revision ID: 0195
Revises: 0194
"""

from alembic import op

revision = "0195"
down_revision = "0194"

MESSAGES = """
CREATE TABLE reach_message_types (
    message_type_id uuid CONSTRAINT pk_reach_message_types PRIMARY KEY,
    key text NOT NULL CONSTRAINT uq_reach_message_types_key UNIQUE,
    name text NOT NULL CONSTRAINT ck_reach_message_types_name CHECK (length(name) BETWEEN 1 AND 80),
    purpose text NOT NULL,
    lane text NOT NULL CONSTRAINT ck_reach_message_types_lane CHECK (lane IN ('critical', 'default', 'bulk')),
    lives_minutes integer NOT NULL CONSTRAINT ck_reach_message_types_lives CHECK (lives_minutes > 0),
    archived_at timestamptz,
    created_at timestamptz NOT NULL,
    version integer NOT NULL
);
CREATE TABLE reach_templates (
    template_id uuid CONSTRAINT pk_reach_templates PRIMARY KEY,
    name text NOT NULL CONSTRAINT ck_reach_templates_name CHECK (length(name) BETWEEN 1 AND 120),
    message_type_id uuid NOT NULL CONSTRAINT fk_reach_templates_message_type_id REFERENCES reach_message_types,
    archived_at timestamptz,
    created_by uuid CONSTRAINT fk_reach_templates_created_by REFERENCES person_registry,
    created_at timestamptz NOT NULL,
    version integer NOT NULL
);
CREATE INDEX ix_reach_templates_message_type_id ON reach_templates (message_type_id);
CREATE INDEX ix_reach_templates_created_by ON reach_templates (created_by);
CREATE TABLE reach_template_versions (
    version_id uuid CONSTRAINT pk_reach_template_versions PRIMARY KEY,
    template_id uuid NOT NULL CONSTRAINT fk_reach_template_versions_template_id REFERENCES reach_templates,
    number integer NOT NULL,
    contents jsonb NOT NULL,
    comment text NOT NULL DEFAULT '',
    written_by uuid CONSTRAINT fk_reach_template_versions_written_by REFERENCES person_registry,
    written_at timestamptz NOT NULL,
    CONSTRAINT uq_reach_template_versions_number UNIQUE (template_id, number)
);
CREATE INDEX ix_reach_template_versions_written_by ON reach_template_versions (written_by);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON reach_message_types FOR EACH ROW
    EXECUTE FUNCTION record_audit('message_type_id', '', '');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON reach_templates FOR EACH ROW
    EXECUTE FUNCTION record_audit('template_id', '', '');
CREATE TRIGGER audit AFTER INSERT ON reach_template_versions FOR EACH ROW
    EXECUTE FUNCTION record_audit('version_id', '', '');
"""

PROVIDERS = """
CREATE TABLE reach_providers (
    provider_id uuid CONSTRAINT pk_reach_providers PRIMARY KEY,
    strategy text NOT NULL,
    channel text NOT NULL,
    name text NOT NULL CONSTRAINT ck_reach_providers_name CHECK (length(name) BETWEEN 1 AND 80),
    settings jsonb NOT NULL,
    secrets_enc bytea,
    per_second integer CONSTRAINT ck_reach_providers_per_second CHECK (per_second > 0),
    is_enabled boolean NOT NULL,
    rank integer NOT NULL,
    problem text NOT NULL DEFAULT '',
    checked_at timestamptz,
    created_at timestamptz NOT NULL,
    version integer NOT NULL
);
CREATE INDEX ix_reach_providers_channel ON reach_providers (channel, rank) WHERE is_enabled;
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF name, settings, secrets_enc, per_second, is_enabled, rank
    ON reach_providers FOR EACH ROW EXECUTE FUNCTION record_audit('provider_id', '', 'secrets_enc');
CREATE TABLE reach_suppressions (
    channel text NOT NULL,
    fingerprint bytea NOT NULL,
    reason text NOT NULL CONSTRAINT ck_reach_suppressions_reason CHECK (reason IN ('bounced', 'complained', 'by_hand')),
    words text NOT NULL DEFAULT '',
    added_by uuid CONSTRAINT fk_reach_suppressions_added_by REFERENCES person_registry,
    added_at timestamptz NOT NULL,
    CONSTRAINT pk_reach_suppressions PRIMARY KEY (channel, fingerprint)
);
CREATE INDEX ix_reach_suppressions_added_by ON reach_suppressions (added_by);
"""

TASKS = """
CREATE SEQUENCE crm_user_touch_task_no START 100001;
CREATE TABLE crm_user_touch_task (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_crm_user_touch_task PRIMARY KEY,
    task_no bigint NOT NULL DEFAULT nextval('crm_user_touch_task_no') CONSTRAINT uq_crm_user_touch_task_no UNIQUE,
    comment varchar NOT NULL DEFAULT '',
    name text NOT NULL CONSTRAINT ck_crm_user_touch_task_name CHECK (length(name) BETWEEN 1 AND 120),
    template_id uuid CONSTRAINT fk_crm_user_touch_task_template_id REFERENCES reach_templates,
    version_id uuid CONSTRAINT fk_crm_user_touch_task_version_id REFERENCES reach_template_versions,
    channels jsonb NOT NULL,
    reach_by text NOT NULL CONSTRAINT ck_crm_user_touch_task_reach_by CHECK (reach_by IN ('first', 'every')),
    audience text NOT NULL CONSTRAINT ck_crm_user_touch_task_audience
        CHECK (audience IN ('filter', 'segment', 'list')),
    tree jsonb NOT NULL,
    segment_id uuid CONSTRAINT fk_crm_user_touch_task_segment_id REFERENCES segments,
    timing text NOT NULL CONSTRAINT ck_crm_user_touch_task_timing CHECK (timing IN ('now', 'at', 'recurring', 'event')),
    rule jsonb,
    event_type text,
    event_conditions jsonb NOT NULL,
    delay_minutes integer NOT NULL DEFAULT 0 CONSTRAINT ck_crm_user_touch_task_delay CHECK (delay_minutes >= 0),
    still_true jsonb NOT NULL,
    state text NOT NULL CONSTRAINT ck_crm_user_touch_task_state
        CHECK (state IN ('draft', 'scheduled', 'running', 'paused', 'done', 'cancelled', 'failed')),
    problem text NOT NULL DEFAULT '',
    created_by uuid CONSTRAINT fk_crm_user_touch_task_created_by REFERENCES person_registry,
    created_at timestamptz NOT NULL,
    launched_by uuid CONSTRAINT fk_crm_user_touch_task_launched_by REFERENCES person_registry,
    launched_at timestamptz,
    finished_at timestamptz,
    version integer NOT NULL,
    CONSTRAINT ck_crm_user_touch_task_event CHECK (timing <> 'event' OR event_type IS NOT NULL),
    CONSTRAINT ck_crm_user_touch_task_rule CHECK (timing NOT IN ('at', 'recurring') OR rule IS NOT NULL),
    CONSTRAINT ck_crm_user_touch_task_segment CHECK (audience <> 'segment' OR segment_id IS NOT NULL)
);
CREATE INDEX ix_crm_user_touch_task_template_id ON crm_user_touch_task (template_id);
CREATE INDEX ix_crm_user_touch_task_version_id ON crm_user_touch_task (version_id);
CREATE INDEX ix_crm_user_touch_task_segment_id ON crm_user_touch_task (segment_id);
CREATE INDEX ix_crm_user_touch_task_created_by ON crm_user_touch_task (created_by);
CREATE INDEX ix_crm_user_touch_task_launched_by ON crm_user_touch_task (launched_by);
CREATE INDEX ix_crm_user_touch_task_state ON crm_user_touch_task (state, id DESC);
CREATE INDEX ix_crm_user_touch_task_event_type ON crm_user_touch_task (event_type)
    WHERE timing = 'event' AND state = 'running';
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF comment, name, template_id, version_id, channels, reach_by,
    audience, tree, segment_id, timing, rule, event_type, event_conditions, delay_minutes, still_true, state
    ON crm_user_touch_task FOR EACH ROW EXECUTE FUNCTION record_audit('id', '', '');
CREATE TABLE reach_caps (
    purpose text CONSTRAINT pk_reach_caps PRIMARY KEY,
    most integer NOT NULL CONSTRAINT ck_reach_caps_most CHECK (most > 0),
    days integer NOT NULL CONSTRAINT ck_reach_caps_days CHECK (days BETWEEN 1 AND 90)
);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON reach_caps FOR EACH ROW
    EXECUTE FUNCTION record_audit('purpose', '', '');
CREATE TABLE reach_listed (
    task_id bigint NOT NULL CONSTRAINT fk_reach_listed_task_id REFERENCES crm_user_touch_task ON DELETE CASCADE,
    person_id uuid NOT NULL CONSTRAINT fk_reach_listed_person_id REFERENCES person_registry,
    CONSTRAINT pk_reach_listed PRIMARY KEY (task_id, person_id)
);
CREATE INDEX ix_reach_listed_person_id ON reach_listed (person_id);
"""

RUNS = """
CREATE TABLE reach_runs (
    run_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_reach_runs PRIMARY KEY,
    task_id bigint NOT NULL CONSTRAINT fk_reach_runs_task_id REFERENCES crm_user_touch_task,
    key text NOT NULL,
    day date NOT NULL,
    version_id uuid NOT NULL CONSTRAINT fk_reach_runs_version_id REFERENCES reach_template_versions,
    purpose text NOT NULL,
    lane text NOT NULL,
    again_for bigint CONSTRAINT fk_reach_runs_again_for REFERENCES reach_runs,
    state text NOT NULL CONSTRAINT ck_reach_runs_state
        CHECK (state IN ('expanding', 'sending', 'done', 'cancelled', 'failed')),
    due_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    audience integer NOT NULL DEFAULT 0,
    planned integer NOT NULL DEFAULT 0,
    excluded jsonb NOT NULL,
    started_at timestamptz NOT NULL,
    expanded_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT uq_reach_runs_key UNIQUE (task_id, key)
);
CREATE INDEX ix_reach_runs_version_id ON reach_runs (version_id);
CREATE INDEX ix_reach_runs_again_for ON reach_runs (again_for);
CREATE INDEX ix_reach_runs_purpose ON reach_runs (purpose, day);
CREATE INDEX ix_reach_runs_open ON reach_runs (run_id) WHERE state IN ('expanding', 'sending');
CREATE TABLE reach_chunks (
    run_id bigint NOT NULL CONSTRAINT fk_reach_chunks_run_id REFERENCES reach_runs,
    chunk_no integer NOT NULL,
    channel text NOT NULL,
    provider_id uuid CONSTRAINT fk_reach_chunks_provider_id REFERENCES reach_providers,
    person_lo uuid NOT NULL,
    person_hi uuid NOT NULL,
    planned integer NOT NULL,
    state text NOT NULL CONSTRAINT ck_reach_chunks_state CHECK (state IN ('open', 'done', 'cancelled')),
    attempt integer NOT NULL DEFAULT 0,
    job_id uuid,
    sent integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    unknown integer NOT NULL DEFAULT 0,
    excluded integer NOT NULL DEFAULT 0,
    finished_at timestamptz,
    CONSTRAINT pk_reach_chunks PRIMARY KEY (run_id, chunk_no)
);
CREATE INDEX ix_reach_chunks_provider_id ON reach_chunks (provider_id);
CREATE INDEX ix_reach_chunks_open ON reach_chunks (run_id, chunk_no) WHERE state = 'open';
CREATE TABLE reach_deliveries (
    day date NOT NULL,
    run_id bigint NOT NULL,
    person_id uuid NOT NULL,
    channel text NOT NULL,
    reason text,
    CONSTRAINT pk_reach_deliveries PRIMARY KEY (run_id, person_id, channel, day)
) PARTITION BY RANGE (day);
CREATE TABLE reach_deliveries_default PARTITION OF reach_deliveries DEFAULT;
CREATE INDEX ix_reach_deliveries_person_id ON reach_deliveries (person_id, run_id);
CREATE TABLE reach_steps (
    day date NOT NULL,
    run_id bigint NOT NULL,
    person_id uuid NOT NULL,
    channel text NOT NULL,
    attempt smallint NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    provider_id uuid,
    provider_ref text NOT NULL DEFAULT '',
    code text NOT NULL DEFAULT '',
    words text NOT NULL DEFAULT '',
    CONSTRAINT pk_reach_steps PRIMARY KEY (run_id, person_id, channel, attempt, kind, day)
) PARTITION BY RANGE (day);
CREATE TABLE reach_steps_default PARTITION OF reach_steps DEFAULT;
CREATE INDEX ix_reach_steps_uncommon ON reach_steps (run_id, kind, person_id, channel)
    WHERE kind NOT IN ('intended', 'sent');
CREATE TABLE reach_received (
    day date NOT NULL,
    uid uuid NOT NULL,
    name text NOT NULL,
    person_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    facts jsonb NOT NULL,
    CONSTRAINT pk_reach_received PRIMARY KEY (uid, day)
) PARTITION BY RANGE (day);
CREATE TABLE reach_received_default PARTITION OF reach_received DEFAULT;
CREATE INDEX ix_reach_received_person_id ON reach_received (person_id, occurred_at);
CREATE TABLE reach_triggers (
    task_id bigint NOT NULL CONSTRAINT fk_reach_triggers_task_id REFERENCES crm_user_touch_task ON DELETE CASCADE,
    event_uid uuid NOT NULL,
    person_id uuid NOT NULL CONSTRAINT fk_reach_triggers_person_id REFERENCES person_registry,
    happened_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    facts jsonb NOT NULL,
    run_id bigint CONSTRAINT fk_reach_triggers_run_id REFERENCES reach_runs,
    taken_at timestamptz,
    CONSTRAINT pk_reach_triggers PRIMARY KEY (task_id, event_uid)
);
CREATE INDEX ix_reach_triggers_due_at ON reach_triggers (task_id, due_at) WHERE taken_at IS NULL;
CREATE INDEX ix_reach_triggers_person_id ON reach_triggers (person_id);
CREATE INDEX ix_reach_triggers_run_id ON reach_triggers (run_id);
"""


def upgrade() -> None:
    op.execute(MESSAGES)
    op.execute(PROVIDERS)
    op.execute(TASKS)
    op.execute(RUNS)


def downgrade() -> None:
    op.execute(
        """
        DROP TABLE reach_triggers, reach_received, reach_steps, reach_deliveries, reach_chunks, reach_runs, reach_listed, reach_caps,
            crm_user_touch_task, reach_suppressions, reach_providers, reach_template_versions, reach_templates,
            reach_message_types;
        DROP SEQUENCE crm_user_touch_task_no
        """
    )
