"""Indexes for whoever refers to a person, so that a merge or a removal reads no table whole.

Revision ID: 0191
Revises: 0211
"""

from alembic import op

revision = "0191"
down_revision = "0211"

# PostgreSQL looks for references by their column alone, and finds them by no index that leaves rows out for another reason.
INDEXES = """
DROP INDEX ix_comm_channel_participants_person_id;
CREATE INDEX ix_comm_channel_participants_person_id ON comm_channel_participants (person_id);
DROP INDEX ix_sign_ins_person_id;
CREATE INDEX ix_sign_ins_person_id ON sign_ins (person_id);
CREATE INDEX ix_comm_channels_closed_by ON comm_channels (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX ix_comm_channels_rated_owner_id ON comm_channels (rated_owner_id) WHERE rated_owner_id IS NOT NULL;
CREATE INDEX ix_duplicate_pairs_decided_by ON duplicate_pairs (decided_by) WHERE decided_by IS NOT NULL;
CREATE INDEX ix_tasks_assigned ON tasks (assignee_id);
"""
AS_BEFORE = """
DROP INDEX ix_tasks_assigned;
DROP INDEX ix_duplicate_pairs_decided_by;
DROP INDEX ix_comm_channels_rated_owner_id;
DROP INDEX ix_comm_channels_closed_by;
DROP INDEX ix_sign_ins_person_id;
CREATE INDEX ix_sign_ins_person_id ON sign_ins (person_id) WHERE ended_at IS NULL;
DROP INDEX ix_comm_channel_participants_person_id;
CREATE INDEX ix_comm_channel_participants_person_id ON comm_channel_participants (person_id) WHERE left_at IS NULL;
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    op.execute(AS_BEFORE)
