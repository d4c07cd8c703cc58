"""Each list of the inbox begins at an index: who waits as it is sorted, what is closed, rooms, and what goes on.

Revision ID: 0194
Revises: 0312
"""

from alembic import op

revision = "0194"
down_revision = "0312"


def upgrade() -> None:
    op.execute(
        """
        DROP INDEX ix_comm_channels_waiting;
        CREATE INDEX ix_comm_channels_waiting ON comm_channels ((-priority), waiting_since, channel_id)
            WHERE state = 'waiting';
        CREATE INDEX ix_comm_channels_closed ON comm_channels (attention DESC, channel_id DESC) WHERE state = 'closed';
        CREATE INDEX ix_comm_channels_internal ON comm_channels (attention DESC, channel_id DESC)
            WHERE kind = 'internal';
        CREATE INDEX ix_comm_channels_open ON comm_channels (channel_id) WHERE state = 'open';
        """
    )


def downgrade() -> None:
    op.execute(
        """
        DROP INDEX ix_comm_channels_open;
        DROP INDEX ix_comm_channels_internal;
        DROP INDEX ix_comm_channels_closed;
        DROP INDEX ix_comm_channels_waiting;
        CREATE INDEX ix_comm_channels_waiting ON comm_channels (priority DESC, waiting_since, channel_id)
            WHERE state = 'waiting';
        """
    )
