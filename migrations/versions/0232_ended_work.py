"""Runs through lists are forgotten some time after they ended.

Revision ID: 0232
Revises: 0231
"""

from alembic import op

revision = "0232"
down_revision = "0231"


def upgrade() -> None:
    op.execute(
        """
        SET LOCAL lock_timeout = '4s';
        CREATE INDEX ix_work_runs_finished_at ON work_runs (finished_at) WHERE finished_at IS NOT NULL;
        """
    )


def downgrade() -> None:
    op.execute("DROP INDEX ix_work_runs_finished_at")
