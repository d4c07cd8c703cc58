"""Whom one channel could not reach may be tried by the next hours later: such a chunk says when it was cut.

Revision ID: 0390
Revises: 0354
"""

from alembic import op

revision = "0390"
down_revision = "0354"


def upgrade() -> None:
    op.execute("ALTER TABLE reach_chunks ADD COLUMN cut_at timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE reach_chunks DROP COLUMN cut_at")
