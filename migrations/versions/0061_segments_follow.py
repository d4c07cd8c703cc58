"""Segments follow at once: customers who were touched, and what to do while another segment is not known.

Revision ID: 0061
Revises: 0060
"""

from alembic import op

revision = "0061"
down_revision = "0060"

FOLLOW = """
ALTER TABLE segments ADD COLUMN on_stale text NOT NULL DEFAULT 'proceed'
    CONSTRAINT ck_segments_on_stale CHECK (on_stale IN ('proceed', 'wait'));

-- Whom something happened to since the segments were last asked about them.
CREATE TABLE segment_touches (
    person_id uuid CONSTRAINT pk_segment_touches PRIMARY KEY,
    touched_at timestamptz NOT NULL
);
"""


def upgrade() -> None:
    op.execute(FOLLOW)


def downgrade() -> None:
    op.execute("DROP TABLE segment_touches")
    op.execute("ALTER TABLE segments DROP COLUMN on_stale")
