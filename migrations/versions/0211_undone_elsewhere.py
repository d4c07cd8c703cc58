"""What has an undo of its own stands among the changes too.

Revision ID: 0211
Revises: 0210
"""

from alembic import op

revision = "0211"
down_revision = "0210"


def upgrade() -> None:
    op.execute("ALTER TABLE change_sets ADD COLUMN elsewhere text NOT NULL DEFAULT ''")
    op.execute("CREATE UNIQUE INDEX uq_change_sets_elsewhere ON change_sets (elsewhere) WHERE elsewhere <> ''")


def downgrade() -> None:
    op.execute("ALTER TABLE change_sets DROP COLUMN elsewhere")
