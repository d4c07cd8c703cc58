"""What employees have begun to write in conversations and not sent yet.

Revision ID: 0301
Revises: 0320
"""

from alembic import op

revision = "0301"
down_revision = "0320"

# No audit: a draft changes every few seconds, and is nobody's word yet.
DRAFTS = """
CREATE TABLE conversation_drafts (
    person_id uuid NOT NULL CONSTRAINT fk_conversation_drafts_person_id REFERENCES person_registry ON DELETE CASCADE,
    channel_id uuid NOT NULL CONSTRAINT fk_conversation_drafts_channel_id REFERENCES comm_channels ON DELETE CASCADE,
    mode text NOT NULL CONSTRAINT ck_conversation_drafts_mode CHECK (mode IN ('reply', 'note')),
    content text NOT NULL CONSTRAINT ck_conversation_drafts_content CHECK (length(content) BETWEEN 1 AND 10000),
    saved_at timestamptz NOT NULL,
    CONSTRAINT pk_conversation_drafts PRIMARY KEY (person_id, channel_id, mode)
);
CREATE INDEX ix_conversation_drafts_channel_id ON conversation_drafts (channel_id);
"""


def upgrade() -> None:
    op.execute(DRAFTS)


def downgrade() -> None:
    op.execute("DROP TABLE conversation_drafts")
