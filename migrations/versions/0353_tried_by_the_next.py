"""Whom one channel could not reach is tried by the next: a chunk may name its people, where they are no neighbours.

Revision ID: 0353
Revises: 0352
"""

from alembic import op

revision = "0353"
down_revision = "0352"


def upgrade() -> None:
    op.execute("ALTER TABLE reach_chunks ADD COLUMN people uuid[]")


def downgrade() -> None:
    op.execute("ALTER TABLE reach_chunks DROP COLUMN people")
