"""Companies have fields of the shop's own, too.

Revision ID: 0111
Revises: 0171
"""

from migrations.custom import add_custom, drop_custom

revision = "0111"
down_revision = "0171"


def upgrade() -> None:
    add_custom("companies", "company", "company_id")


def downgrade() -> None:
    drop_custom("companies")
