"""Deals have fields of the shop's own, too.

Revision ID: 0112
Revises: 0102
"""

from migrations.custom import add_custom, drop_custom

revision = "0112"
down_revision = "0102"


def upgrade() -> None:
    add_custom("deals", "deal", "deal_id")


def downgrade() -> None:
    drop_custom("deals")
