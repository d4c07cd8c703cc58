"""The order of the inbox: who waits for an answer, the longest first; then all others, the latest first.

Revision ID: 0300
Revises: 0193
"""

from alembic import op

revision = "0300"
down_revision = "0193"

# One number to sort by, downwards: above zero who waits, the longer the greater; below zero all others.
ATTENTION = """
ALTER TABLE comm_channels ADD COLUMN attention double precision GENERATED ALWAYS AS (
    CASE WHEN unanswered_since IS NULL THEN extract(epoch FROM last_at - '2000-01-01 00:00:00+00'::timestamptz) - 1e10
         ELSE 1e10 - extract(epoch FROM unanswered_since - '2000-01-01 00:00:00+00'::timestamptz) END) STORED;
CREATE INDEX ix_comm_channels_attention ON comm_channels (attention DESC, channel_id DESC);
DROP INDEX ix_comm_channels_last_at;
"""


def upgrade() -> None:
    op.execute(ATTENTION)


def downgrade() -> None:
    op.execute(
        """
        CREATE INDEX ix_comm_channels_last_at ON comm_channels (last_at, channel_id);
        ALTER TABLE comm_channels DROP COLUMN attention;
        """
    )
