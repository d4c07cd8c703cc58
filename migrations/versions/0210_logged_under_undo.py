"""Undo what is written down about calls and emails.

Revision ID: 0210
Revises: 0190
"""

from migrations.undo import keep_changes, stop_keeping

revision = "0210"
down_revision = "0190"


def upgrade() -> None:
    for table in ("phones", "emails"):
        keep_changes(table, "comm_id", about="customer:receiver_id")


def downgrade() -> None:
    for table in ("phones", "emails"):
        stop_keeping(table)
