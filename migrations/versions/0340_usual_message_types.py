"""Reach: the message types that every shop begins with; they may be changed and put away.

Revision ID: 0340
Revises: 0351
"""

from alembic import op

revision = "0340"
down_revision = "0351"


def upgrade() -> None:
    op.execute(
        """
        INSERT INTO reach_message_types
            (message_type_id, key, name, purpose, lane, lives_minutes, archived_at, created_at, version)
        VALUES
            (gen_random_uuid(), 'transactional', 'Confirmations and codes', 'transactional', 'critical', 30, NULL, now(), 1),
            (gen_random_uuid(), 'service', 'Orders and service', 'service', 'default', 4320, NULL, now(), 1),
            (gen_random_uuid(), 'marketing', 'News and offers', 'marketing', 'bulk', 4320, NULL, now(), 1)
        ON CONFLICT (key) DO NOTHING
        """
    )


def downgrade() -> None:
    """What was written of these types stays with them."""
