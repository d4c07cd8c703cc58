"""Undo what is done to tasks.

Revision ID: 0161
Revises: 0160
"""

from migrations.undo import keep_changes, stop_keeping

revision = "0161"
down_revision = "0160"


def upgrade() -> None:
    keep_changes("tasks", "task_id", ignore=("version", "reminded_at", "told_due_at"))
    keep_changes("task_series", "series_id")


def downgrade() -> None:
    stop_keeping("task_series")
    stop_keeping("tasks")
