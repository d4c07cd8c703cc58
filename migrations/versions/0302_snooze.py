"""Snoozing is kept in the trail, and what happens to a conversation can be undone.

Revision ID: 0302
Revises: 0330
"""

from alembic import op

from migrations.undo import keep_changes, stop_keeping

revision = "0302"
down_revision = "0330"

AUDITED = """
DROP TRIGGER audit ON comm_channels;
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF {columns}
    ON comm_channels FOR EACH ROW EXECUTE FUNCTION record_audit('channel_id', 'feedback,topic', '');
"""
BEFORE = "state, topic, owner_id, priority, rating, feedback"
# What time brings by itself is no reason to keep a row from its way back.
BY_ITSELF = ("version", "last_seq", "last_at", "attention", "unanswered_since", "first_response_at")


def upgrade() -> None:
    op.execute(AUDITED.format(columns=f"{BEFORE}, snoozed_at"))
    keep_changes("comm_channels", "channel_id", about="conversation:channel_id", ignore=BY_ITSELF)


def downgrade() -> None:
    stop_keeping("comm_channels")
    op.execute(AUDITED.format(columns=BEFORE))
