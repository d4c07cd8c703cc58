"""Answers that a job counted, in place of grids alone; and changes of stage by time from their index alone.

Revision ID: 0092
Revises: 0091
"""

from alembic import op

revision = "0092"
down_revision = "0091"

ANSWERS = """
CREATE TABLE kept_answers (
    key text CONSTRAINT pk_kept_answers PRIMARY KEY,
    answer jsonb NOT NULL,
    counted_at timestamptz NOT NULL,
    took_ms integer NOT NULL
);
CREATE INDEX ix_kept_answers_counted_at ON kept_answers (counted_at);
DROP TABLE rfm_counts;
"""
CHANGES = """
DROP INDEX ix_stage_changes_at;
CREATE INDEX ix_stage_changes_at ON stage_changes (at, after, person_id) INCLUDE (before);
CREATE INDEX ix_customers_erased ON customers (person_id) WHERE erased_at IS NOT NULL;
"""
GRIDS = """
CREATE TABLE rfm_counts (
    as_of date CONSTRAINT pk_rfm_counts PRIMARY KEY,
    breaks_id uuid CONSTRAINT fk_rfm_counts_breaks_id REFERENCES rfm_breaks ON DELETE CASCADE,
    cells jsonb NOT NULL,
    counted_at timestamptz NOT NULL,
    took_ms integer NOT NULL
);
CREATE INDEX ix_rfm_counts_breaks_id ON rfm_counts (breaks_id);
DROP TABLE kept_answers;
DROP INDEX ix_customers_erased;
DROP INDEX ix_stage_changes_at;
CREATE INDEX ix_stage_changes_at ON stage_changes (at, after, person_id);
"""


def upgrade() -> None:
    op.execute(ANSWERS)
    op.execute(CHANGES)


def downgrade() -> None:
    op.execute(GRIDS)
