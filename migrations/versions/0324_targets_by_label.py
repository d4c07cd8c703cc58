"""Response targets of conversations with a label.

Revision ID: 0324
Revises: 0323
"""

from alembic import op

revision = "0324"
down_revision = "0323"

# The label may be deleted and come back by undo; what asks for one that is not there matches nothing meanwhile.
LABEL = """
ALTER TABLE target_policies
    ADD COLUMN tag_id uuid,
    DROP CONSTRAINT uq_target_policies_least_priority,
    ADD CONSTRAINT uq_target_policies_least_priority_tag_id UNIQUE NULLS NOT DISTINCT (least_priority, tag_id);
"""
BACK = """
DELETE FROM target_policies WHERE tag_id IS NOT NULL;
ALTER TABLE target_policies
    DROP CONSTRAINT uq_target_policies_least_priority_tag_id,
    DROP COLUMN tag_id,
    ADD CONSTRAINT uq_target_policies_least_priority UNIQUE (least_priority);
"""


def upgrade() -> None:
    op.execute(LABEL)


def downgrade() -> None:
    op.execute(BACK)
