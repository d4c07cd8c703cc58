"""Invoices keep how late they were when they were last reminded of: what was decided may change.

Revision ID: 0231
Revises: 0212
"""

from alembic import op

revision = "0231"
down_revision = "0212"


def upgrade() -> None:
    op.execute(
        """
        SET LOCAL lock_timeout = '4s';
        ALTER TABLE invoices ADD COLUMN reminded_days integer NOT NULL DEFAULT 0;
        UPDATE invoices SET reminded_days = coalesce(
            (SELECT (remind_after_days ->> (reminded - 1))::integer FROM invoice_settings), current_date - due_on, 0)
        WHERE reminded > 0;
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE invoices DROP COLUMN reminded_days")
