"""What a piece of a product costs the shop, where that is known.

Revision ID: 0144
Revises: 0112
"""

from alembic import op

revision = "0144"
down_revision = "0112"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE products ADD COLUMN cost_minor bigint CONSTRAINT ck_products_cost_minor CHECK (cost_minor >= 0)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE products DROP COLUMN cost_minor")
