"""What was heard of messages after they went, until it is counted: many at a time.

Revision ID: 0430
Revises: 0400
"""

from alembic import op

revision = "0430"
down_revision = "0400"

TABLE = """
CREATE TABLE reach_heard (
    heard_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_reach_heard PRIMARY KEY,
    run_id bigint NOT NULL CONSTRAINT fk_reach_heard_run_id_reach_runs REFERENCES reach_runs (run_id),
    person_id uuid NOT NULL,
    channel text NOT NULL,
    was text CONSTRAINT ck_reach_heard_was CHECK (was IN ('sent', 'unknown')),
    became text NOT NULL CONSTRAINT ck_reach_heard_became CHECK (became IN ('sent', 'failed'))
);
CREATE INDEX ix_reach_heard_run_id ON reach_heard (run_id);
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("DROP TABLE reach_heard")
