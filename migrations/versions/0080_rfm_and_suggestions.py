"""RFM breaks, grids that a job counted, and suggested segments.

Revision ID: 0080
Revises: 0061
"""

from alembic import op

revision = "0080"
down_revision = "0061"

RFM = """
-- A setting is written once; the newest one holds.
CREATE TABLE rfm_breaks (
    breaks_id uuid CONSTRAINT pk_rfm_breaks PRIMARY KEY,
    window_days integer NOT NULL,
    recency_days bigint[] NOT NULL,
    purchases bigint[] NOT NULL,
    money_minor bigint[] NOT NULL,
    made_by uuid CONSTRAINT fk_rfm_breaks_made_by REFERENCES person_registry ON DELETE SET NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_rfm_breaks_made_at ON rfm_breaks (made_at, breaks_id);
CREATE INDEX ix_rfm_breaks_made_by ON rfm_breaks (made_by);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON rfm_breaks
    FOR EACH ROW EXECUTE FUNCTION record_audit('breaks_id', '', '');

CREATE TABLE rfm_counts (
    as_of date CONSTRAINT pk_rfm_counts PRIMARY KEY,
    breaks_id uuid CONSTRAINT fk_rfm_counts_breaks_id REFERENCES rfm_breaks ON DELETE CASCADE,
    cells jsonb NOT NULL,
    counted_at timestamptz NOT NULL,
    took_ms integer NOT NULL
);
CREATE INDEX ix_rfm_counts_breaks_id ON rfm_counts (breaks_id);
"""
SUGGESTIONS = """
CREATE TABLE suggestion_runs (
    run_id uuid CONSTRAINT pk_suggestion_runs PRIMARY KEY,
    job_id uuid,
    as_of date,
    window_days integer NOT NULL,
    customer_count integer,
    silhouette double precision,
    problem text NOT NULL DEFAULT '',
    asked_by uuid CONSTRAINT fk_suggestion_runs_asked_by REFERENCES person_registry ON DELETE SET NULL,
    asked_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
CREATE INDEX ix_suggestion_runs_asked_at ON suggestion_runs (asked_at, run_id);
CREATE INDEX ix_suggestion_runs_asked_by ON suggestion_runs (asked_by);

-- `origin_id` is the first suggestion of the same customers: it stays from run to run, as the name does.
CREATE TABLE suggestions (
    suggestion_id uuid CONSTRAINT pk_suggestions PRIMARY KEY,
    run_id uuid NOT NULL CONSTRAINT fk_suggestions_run_id REFERENCES suggestion_runs ON DELETE CASCADE,
    origin_id uuid NOT NULL,
    name text NOT NULL,
    customer_count integer NOT NULL,
    money_share double precision NOT NULL,
    centre jsonb NOT NULL,
    reasons jsonb NOT NULL,
    tree jsonb NOT NULL,
    rule_count integer NOT NULL,
    "precision" double precision NOT NULL,
    recall double precision NOT NULL,
    CONSTRAINT uq_suggestions_origin_id UNIQUE (run_id, origin_id)
);
"""


def upgrade() -> None:
    op.execute(RFM)
    op.execute(SUGGESTIONS)


def downgrade() -> None:
    for table in ("suggestions", "suggestion_runs", "rfm_counts", "rfm_breaks"):
        op.execute(f"DROP TABLE {table}")
