"""Customers are found by name alone by whom may not see their emails.

Revision ID: 0230
Revises: 0212
"""

from alembic import op

revision = "0230"
down_revision = "0212"


def upgrade() -> None:
    op.execute(
        """
        SET LOCAL lock_timeout = '4s';
        CREATE INDEX ix_customers_names ON customers USING gin (fold(first_name || ' ' || last_name) gin_trgm_ops);
        """
    )


def downgrade() -> None:
    op.execute("DROP INDEX ix_customers_names")
