"""When messages of a lane waited too long, so that it is told once.

Revision ID: 0354
Revises: 0353
"""

from alembic import op

revision = "0354"
down_revision = "0353"

TABLE = """
CREATE TABLE reach_backlogs (
    lane text NOT NULL CONSTRAINT ck_reach_backlogs_lane CHECK (lane IN ('critical', 'default', 'bulk')),
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT pk_reach_backlogs PRIMARY KEY (lane, began_at)
);
CREATE UNIQUE INDEX uq_reach_backlogs_open ON reach_backlogs (lane) WHERE ended_at IS NULL;
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("DROP TABLE reach_backlogs")
