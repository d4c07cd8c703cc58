"""Let deals belong to companies that are there.

Revision ID: 0143
Revises: 0150
"""

from alembic import op

revision = "0143"
down_revision = "0150"


def upgrade() -> None:
    op.execute("ALTER TABLE deals ADD CONSTRAINT fk_deals_company_id FOREIGN KEY (company_id) REFERENCES companies")


def downgrade() -> None:
    op.execute("ALTER TABLE deals DROP CONSTRAINT fk_deals_company_id")
