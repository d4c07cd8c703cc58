"""Schedules, and one row for each time they came due.

Revision ID: 0040
Revises: 0031
"""

from alembic import op

revision = "0040"
down_revision = "0031"

SCHEDULES = """
CREATE TABLE schedules (
    schedule_id uuid CONSTRAINT pk_schedules PRIMARY KEY,
    name text NOT NULL,
    job text NOT NULL,
    payload jsonb NOT NULL,
    rule_kind text NOT NULL CONSTRAINT ck_schedules_rule_kind CHECK (rule_kind IN ('cron', 'interval', 'at', 'rrule')),
    rule_text text NOT NULL,
    time_zone text NOT NULL,
    starts_at timestamptz,
    ends_at timestamptz,
    next_due_at timestamptz,
    misfire text NOT NULL CONSTRAINT ck_schedules_misfire CHECK (misfire IN ('skip', 'once', 'all')),
    grace_seconds integer NOT NULL CONSTRAINT ck_schedules_grace_seconds CHECK (grace_seconds >= 0),
    overlap text NOT NULL CONSTRAINT ck_schedules_overlap CHECK (overlap IN ('skip', 'queue', 'allow')),
    paused_at timestamptz,
    owner_kind text NOT NULL,
    owner_id uuid,
    created_by uuid CONSTRAINT fk_schedules_created_by REFERENCES person_registry ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT ck_schedules_paused CHECK (paused_at IS NULL OR next_due_at IS NULL)
);
CREATE INDEX ix_schedules_next_due_at ON schedules (next_due_at) WHERE next_due_at IS NOT NULL;
CREATE UNIQUE INDEX uq_schedules_owner ON schedules (owner_kind, owner_id, job) WHERE owner_id IS NOT NULL;
CREATE INDEX ix_schedules_created_by ON schedules (created_by);
-- Not of next_due_at: that the clock went on is no change anybody made.
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF name, job, payload, rule_kind, rule_text, time_zone, starts_at,
    ends_at, misfire, grace_seconds, overlap, paused_at ON schedules
    FOR EACH ROW EXECUTE FUNCTION record_audit('schedule_id', '', '');

CREATE TABLE schedule_runs (
    run_id uuid CONSTRAINT pk_schedule_runs PRIMARY KEY,
    schedule_id uuid NOT NULL CONSTRAINT fk_schedule_runs_schedule_id REFERENCES schedules ON DELETE CASCADE,
    due_at timestamptz NOT NULL,
    is_by_hand boolean NOT NULL DEFAULT false,
    state text NOT NULL CONSTRAINT ck_schedule_runs_state
        CHECK (state IN ('due', 'queued', 'running', 'ok', 'failed', 'skipped', 'lost')),
    attempt integer NOT NULL DEFAULT 0,
    lease_until timestamptz,
    heartbeat_at timestamptz,
    result jsonb,
    error text,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT uq_schedule_runs_due UNIQUE (schedule_id, due_at)
);
CREATE INDEX ix_schedule_runs_unfinished ON schedule_runs (schedule_id, due_at) WHERE finished_at IS NULL;
CREATE INDEX ix_schedule_runs_finished_at ON schedule_runs (finished_at);
"""


def upgrade() -> None:
    op.execute(SCHEDULES)


def downgrade() -> None:
    for table in ("schedule_runs", "schedules"):
        op.execute(f"DROP TABLE {table}")
