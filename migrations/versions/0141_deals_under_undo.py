"""Put deals, what is on them, and what they go through under undo.

Revision ID: 0141
Revises: 0180
"""

from migrations.undo import keep_changes, stop_keeping

revision = "0141"
down_revision = "0180"


def upgrade() -> None:
    keep_changes("deals", "deal_id")
    keep_changes("deal_lines", "line_id", about="deal:deal_id")
    keep_changes("pipelines", "pipeline_id")
    keep_changes("deal_stages", "stage_id")
    keep_changes("lost_reasons", "reason_id")


def downgrade() -> None:
    for table in ("lost_reasons", "deal_stages", "pipelines", "deal_lines", "deals"):
        stop_keeping(table)
