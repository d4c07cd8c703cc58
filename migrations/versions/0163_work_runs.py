"""Working through lists.

Revision ID: 0163
Revises: 0111
"""

from alembic import op

from migrations.undo import keep_changes, stop_keeping

revision = "0163"
down_revision = "0111"

WORK = """
CREATE TABLE work_runs (
    run_id uuid CONSTRAINT pk_work_runs PRIMARY KEY,
    list text NOT NULL,
    query text NOT NULL,
    record_kind text NOT NULL,
    name text NOT NULL CONSTRAINT ck_work_runs_name CHECK (name <> ''),
    total integer NOT NULL CONSTRAINT ck_work_runs_total CHECK (total > 0),
    owner_id uuid NOT NULL CONSTRAINT fk_work_runs_owner_id REFERENCES person_registry,
    is_shared boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
CREATE INDEX ix_work_runs_owner_id ON work_runs (owner_id, created_at);
CREATE INDEX ix_work_runs_list ON work_runs (list) WHERE finished_at IS NULL;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON work_runs
    FOR EACH ROW EXECUTE FUNCTION record_audit('run_id', '', '');

CREATE TABLE work_steps (
    run_id uuid NOT NULL CONSTRAINT fk_work_steps_run_id REFERENCES work_runs ON DELETE CASCADE,
    position integer NOT NULL,
    record_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'waiting'
        CONSTRAINT ck_work_steps_state CHECK (state IN ('waiting', 'held', 'done', 'skipped', 'snoozed', 'gone')),
    person_id uuid CONSTRAINT fk_work_steps_person_id REFERENCES person_registry,
    held_until timestamptz,
    at timestamptz,
    CONSTRAINT pk_work_steps PRIMARY KEY (run_id, position),
    CONSTRAINT ck_work_steps_held CHECK ((state = 'held') = (held_until IS NOT NULL))
);
CREATE INDEX ix_work_steps_open ON work_steps (run_id, position) WHERE state IN ('waiting', 'held');
CREATE INDEX ix_work_steps_ended ON work_steps (run_id, state) WHERE state NOT IN ('waiting', 'held');
CREATE INDEX ix_work_steps_person_id ON work_steps (person_id, run_id, position) WHERE person_id IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(WORK)
    keep_changes("work_steps", "run_id", "position", about="work_run:run_id", ignore=())


def downgrade() -> None:
    stop_keeping("work_steps")
    op.execute("DROP TABLE work_steps")
    op.execute("DROP TABLE work_runs")
