"""What employees say among themselves within a conversation, and since when its customer waits for an answer.

Revision ID: 0193
Revises: 0240
"""

from alembic import op

from migrations.inheritance import make_child

revision = "0193"
down_revision = "0240"

# `unanswered_since`: the customer's first message that nobody answered yet. `snoozed_until` NULL: until a reply.
TURNS = """
ALTER TABLE comm_channels
    ADD COLUMN unanswered_since timestamptz,
    ADD COLUMN snoozed_at timestamptz,
    ADD COLUMN snoozed_until timestamptz,
    ADD CONSTRAINT ck_comm_channels_snoozed CHECK (snoozed_at IS NOT NULL OR snoozed_until IS NULL);
UPDATE comm_channels c SET unanswered_since = coalesce(waiting_since, last_at)
WHERE state <> 'closed' AND kind <> 'internal' AND customer_id = (
    SELECT m.sender_id FROM comm_channel_pairs p JOIN communications m USING (comm_id)
    WHERE p.channel_id = c.channel_id AND p.seq = c.last_seq);
CREATE INDEX ix_comm_channels_unanswered ON comm_channels (unanswered_since, channel_id)
    WHERE unanswered_since IS NOT NULL;
CREATE INDEX ix_comm_channels_snoozed_until ON comm_channels (snoozed_until) WHERE snoozed_at IS NOT NULL;
"""

MENTIONS = """
CREATE UNIQUE INDEX uq_private_notes_client_key ON private_notes (sender_id, client_key);
CREATE TABLE comm_mentions (
    comm_id uuid NOT NULL CONSTRAINT fk_comm_mentions_comm_id REFERENCES communication_registry ON DELETE CASCADE,
    person_id uuid NOT NULL CONSTRAINT fk_comm_mentions_person_id REFERENCES person_registry ON DELETE CASCADE,
    channel_id uuid NOT NULL CONSTRAINT fk_comm_mentions_channel_id REFERENCES comm_channels ON DELETE CASCADE,
    CONSTRAINT pk_comm_mentions PRIMARY KEY (comm_id, person_id)
);
CREATE INDEX ix_comm_mentions_person_id ON comm_mentions (person_id, channel_id);
CREATE INDEX ix_comm_mentions_channel_id ON comm_mentions (channel_id);
"""


def upgrade() -> None:
    op.execute(TURNS)
    make_child(
        "communications",
        "private_notes",
        "client_key text, handles text[] NOT NULL DEFAULT '{}'",
        kind="note",
        registry="communication_registry",
        key="comm_id",
    )
    op.execute(MENTIONS)


def downgrade() -> None:
    op.execute(
        """
        DROP TABLE comm_mentions;
        DELETE FROM comm_channel_pairs p USING private_notes n WHERE n.comm_id = p.comm_id;
        DROP TABLE private_notes;
        DELETE FROM communication_registry WHERE kind = 'note';
        DROP INDEX ix_comm_channels_snoozed_until;
        DROP INDEX ix_comm_channels_unanswered;
        ALTER TABLE comm_channels DROP COLUMN unanswered_since, DROP COLUMN snoozed_at, DROP COLUMN snoozed_until;
        """
    )
