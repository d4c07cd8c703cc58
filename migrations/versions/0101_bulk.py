"""Bulk actions: their runs, and what became of each row.

Revision ID: 0101
Revises: 0142
"""

from alembic import op

revision = "0101"
down_revision = "0142"

RUNS = """
CREATE TABLE bulk_runs (
    run_id uuid CONSTRAINT pk_bulk_runs PRIMARY KEY,
    list text NOT NULL,
    action text NOT NULL,
    label text NOT NULL,
    args jsonb NOT NULL,
    query text,
    expected integer NOT NULL,
    total integer NOT NULL,
    state text NOT NULL CONSTRAINT ck_bulk_runs_state CHECK (state IN ('running', 'done', 'cancelled', 'failed')),
    problem text NOT NULL DEFAULT '',
    counts jsonb NOT NULL DEFAULT '{}',
    asked_by jsonb NOT NULL,
    actor_id uuid,
    change_set_id uuid CONSTRAINT fk_bulk_runs_change_set_id REFERENCES change_sets ON DELETE SET NULL,
    job_id uuid,
    created_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX ix_bulk_runs_created_at ON bulk_runs (created_at);
CREATE INDEX ix_bulk_runs_actor_id ON bulk_runs (actor_id, created_at);
CREATE INDEX ix_bulk_runs_change_set_id ON bulk_runs (change_set_id);

CREATE TABLE bulk_rows (
    run_id uuid NOT NULL CONSTRAINT fk_bulk_rows_run_id REFERENCES bulk_runs ON DELETE CASCADE,
    number integer NOT NULL,
    record_id uuid NOT NULL,
    outcome text CONSTRAINT ck_bulk_rows_outcome CHECK (outcome IN ('changed', 'unchanged', 'refused', 'failed')),
    reason text NOT NULL DEFAULT '',
    CONSTRAINT pk_bulk_rows PRIMARY KEY (run_id, number)
);
"""


def upgrade() -> None:
    op.execute(RUNS)


def downgrade() -> None:
    op.execute("DROP TABLE bulk_rows")
    op.execute("DROP TABLE bulk_runs")
