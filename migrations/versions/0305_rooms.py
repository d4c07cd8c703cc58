"""Rooms: conversations among employees with a name, which go on whoever is in them.

Revision ID: 0305
Revises: 0304
"""

from alembic import op

revision = "0305"
down_revision = "0304"

ROOMS = """
ALTER TABLE comm_channels ADD COLUMN room_name text
    CONSTRAINT ck_comm_channels_room_name CHECK
        (room_name IS NULL OR (length(room_name) BETWEEN 1 AND 80 AND kind = 'internal'));
"""


def upgrade() -> None:
    op.execute(ROOMS)


def downgrade() -> None:
    op.execute("ALTER TABLE comm_channels DROP COLUMN room_name")
