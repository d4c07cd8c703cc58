"""What a customer pays from: vendors have other pages for phones.

Revision ID: 0220
Revises: 0164
"""

from alembic import op

revision = "0220"
down_revision = "0164"


def upgrade() -> None:
    op.execute(
        """
        SET LOCAL lock_timeout = '4s';
        ALTER TABLE payments ADD COLUMN device text NOT NULL DEFAULT 'computer'
            CONSTRAINT ck_payments_device CHECK (device IN ('computer', 'phone'));
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE payments DROP COLUMN device")
