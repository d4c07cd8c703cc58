"""Tasks on any record, and series of them.

Revision ID: 0160
Revises: 0100
"""

from alembic import op

revision = "0160"
down_revision = "0100"

TASKS = """
CREATE TABLE task_series (
    series_id uuid CONSTRAINT pk_task_series PRIMARY KEY,
    rule_kind text NOT NULL CONSTRAINT ck_task_series_rule_kind CHECK (rule_kind IN ('rrule', 'cron')),
    rule_text text NOT NULL CONSTRAINT ck_task_series_rule_text CHECK (rule_text <> ''),
    time_zone text NOT NULL,
    starts_at timestamptz NOT NULL,
    latest_at timestamptz NOT NULL,
    comes_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX ix_task_series_comes_at ON task_series (comes_at) WHERE ended_at IS NULL;

CREATE TABLE tasks (
    task_id uuid CONSTRAINT pk_tasks PRIMARY KEY,
    title text NOT NULL CONSTRAINT ck_tasks_title CHECK (title <> ''),
    details text NOT NULL DEFAULT '',
    kind text NOT NULL DEFAULT 'todo' CONSTRAINT ck_tasks_kind CHECK (kind IN ('todo', 'call', 'mail', 'meeting')),
    priority text NOT NULL DEFAULT 'normal' CONSTRAINT ck_tasks_priority CHECK (priority IN ('low', 'normal', 'high')),
    state text NOT NULL DEFAULT 'open' CONSTRAINT ck_tasks_state CHECK (state IN ('open', 'done', 'cancelled')),
    record_kind text,
    record_id uuid,
    assignee_id uuid CONSTRAINT fk_tasks_assignee_id REFERENCES person_registry,
    due_on date,
    due_time time,
    time_zone text NOT NULL,
    due_at timestamptz,
    remind_minutes integer CONSTRAINT ck_tasks_remind_minutes CHECK (remind_minutes >= 0),
    remind_at timestamptz,
    reminded_at timestamptz,
    told_due_at timestamptz,
    series_id uuid CONSTRAINT fk_tasks_series_id REFERENCES task_series,
    occurs_at timestamptz,
    created_by uuid CONSTRAINT fk_tasks_created_by REFERENCES person_registry,
    created_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    done_by uuid CONSTRAINT fk_tasks_done_by REFERENCES person_registry,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT ck_tasks_record CHECK ((record_kind IS NULL) = (record_id IS NULL)),
    CONSTRAINT ck_tasks_due CHECK ((due_on IS NULL) = (due_at IS NULL) AND (due_on IS NOT NULL OR due_time IS NULL)),
    CONSTRAINT ck_tasks_done CHECK ((state = 'open') = (done_at IS NULL)),
    CONSTRAINT uq_tasks_series_id UNIQUE (series_id, occurs_at)
);
CREATE INDEX ix_tasks_record_id ON tasks (record_id, record_kind) WHERE record_id IS NOT NULL;
CREATE INDEX ix_tasks_assignee_id ON tasks (assignee_id, due_at) WHERE state = 'open';
CREATE INDEX ix_tasks_due_at ON tasks (due_at, task_id) WHERE state = 'open';
CREATE INDEX ix_tasks_done_at ON tasks (done_at, task_id);
CREATE INDEX ix_tasks_created_at ON tasks (created_at, task_id);
CREATE INDEX ix_tasks_created_by ON tasks (created_by);
CREATE INDEX ix_tasks_done_by ON tasks (done_by);
CREATE INDEX ix_tasks_search ON tasks USING gin (fold(title) gin_trgm_ops);
CREATE INDEX ix_tasks_day ON tasks (due_on, assignee_id);
CREATE INDEX ix_tasks_to_remind ON tasks (remind_at) WHERE state = 'open' AND reminded_at IS NULL AND remind_at IS NOT NULL;
CREATE INDEX ix_tasks_to_tell ON tasks (due_at) WHERE state = 'open' AND told_due_at IS NULL AND due_at IS NOT NULL;

-- What the clock writes down by itself (reminded, told, the newest of a series) is nobody's change.
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF title, details, kind, priority, state, record_kind, record_id,
    assignee_id, due_on, due_time, time_zone, remind_minutes, series_id ON tasks
    FOR EACH ROW EXECUTE FUNCTION record_audit('task_id', 'title,details', '');
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF rule_kind, rule_text, time_zone, starts_at, ended_at ON task_series
    FOR EACH ROW EXECUTE FUNCTION record_audit('series_id', '', '');
"""


def upgrade() -> None:
    op.execute(TASKS)


def downgrade() -> None:
    op.execute("DROP TABLE tasks")
    op.execute("DROP TABLE task_series")
