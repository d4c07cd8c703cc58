"""Channels, and communications of every kind behind one registry.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

from migrations.inheritance import make_child

revision = "0006"
down_revision = "0005"

REGISTER = """
CREATE FUNCTION register_communication() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM communication_registry WHERE comm_id = OLD.comm_id;
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO communication_registry (comm_id, kind) VALUES (NEW.comm_id, NEW.kind);
    ELSIF NEW.comm_id <> OLD.comm_id OR NEW.kind <> OLD.kind THEN
        RAISE EXCEPTION 'the identity and kind of a row in % never change', TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
"""

COMMUNICATIONS = """
CREATE TABLE communication_registry (
    comm_id uuid CONSTRAINT pk_communication_registry PRIMARY KEY,
    kind text NOT NULL,
    CONSTRAINT uq_communication_registry_comm_id UNIQUE (comm_id, kind)
);
CREATE TABLE communications (
    comm_id uuid NOT NULL DEFAULT uuidv7() CONSTRAINT pk_communications PRIMARY KEY,
    kind text NOT NULL,
    sender_id uuid CONSTRAINT fk_communications_sender_id REFERENCES person_registry,
    receiver_id uuid CONSTRAINT fk_communications_receiver_id REFERENCES person_registry,
    content text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_communications_content CHECK (length(content) <= 20000)
);
ALTER TABLE communications ADD CONSTRAINT ck_communications_abstract CHECK (false) NO INHERIT;
CREATE INDEX ix_communications_sender_id ON communications (sender_id, at);
CREATE INDEX ix_communications_receiver_id ON communications (receiver_id, at);
CREATE TRIGGER register BEFORE INSERT OR UPDATE ON communications
    FOR EACH ROW EXECUTE FUNCTION register_communication();
CREATE TRIGGER unregister AFTER DELETE ON communications
    FOR EACH ROW EXECUTE FUNCTION register_communication();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON communications
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
"""

CHANNELS = """
CREATE TABLE comm_channels (
    channel_id uuid CONSTRAINT pk_comm_channels PRIMARY KEY,
    kind text NOT NULL CONSTRAINT ck_comm_channels_kind CHECK (kind IN ('chat', 'email', 'phone', 'internal')),
    state text NOT NULL CONSTRAINT ck_comm_channels_state CHECK (state IN ('waiting', 'open', 'closed')),
    topic text NOT NULL DEFAULT '',
    customer_id uuid,
    customer_kind text NOT NULL DEFAULT 'customer'
        CONSTRAINT ck_comm_channels_customer_kind CHECK (customer_kind = 'customer'),
    owner_id uuid CONSTRAINT fk_comm_channels_owner_id REFERENCES person_registry,
    priority smallint NOT NULL DEFAULT 0,
    requested_at timestamptz NOT NULL,
    waiting_since timestamptz,
    accepted_at timestamptz,
    first_response_at timestamptz,
    closed_at timestamptz,
    closed_by uuid CONSTRAINT fk_comm_channels_closed_by REFERENCES person_registry,
    reopened_at timestamptz,
    rating smallint CONSTRAINT ck_comm_channels_rating CHECK (rating BETWEEN 1 AND 5),
    feedback text NOT NULL DEFAULT '' CONSTRAINT ck_comm_channels_feedback CHECK (length(feedback) <= 5000),
    rated_at timestamptz,
    rated_owner_id uuid CONSTRAINT fk_comm_channels_rated_owner_id REFERENCES person_registry,
    last_seq bigint NOT NULL DEFAULT 0,
    last_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT fk_comm_channels_customer_id FOREIGN KEY (customer_id, customer_kind)
        REFERENCES person_registry (person_id, kind)
);
CREATE INDEX ix_comm_channels_waiting ON comm_channels (priority DESC, waiting_since, channel_id)
    WHERE state = 'waiting';
CREATE INDEX ix_comm_channels_owner_id ON comm_channels (owner_id, state, last_at);
CREATE INDEX ix_comm_channels_customer_id ON comm_channels (customer_id, last_at);
CREATE INDEX ix_comm_channels_last_at ON comm_channels (last_at, channel_id);
CREATE INDEX ix_comm_channels_requested_at ON comm_channels (requested_at);
CREATE INDEX ix_comm_channels_closed_at ON comm_channels (closed_at) WHERE closed_at IS NOT NULL;
-- Not for `last_seq` and `last_at`: a message is no change of the channel worth a line in the trail.
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF state, topic, owner_id, priority, rating, feedback
    ON comm_channels FOR EACH ROW EXECUTE FUNCTION record_audit('channel_id', 'feedback,topic', '');

CREATE TABLE comm_channel_participants (
    channel_id uuid NOT NULL CONSTRAINT fk_comm_channel_participants_channel_id REFERENCES comm_channels,
    person_id uuid NOT NULL CONSTRAINT fk_comm_channel_participants_person_id REFERENCES person_registry,
    joined_at timestamptz NOT NULL,
    left_at timestamptz,
    last_read_seq bigint NOT NULL DEFAULT 0,
    CONSTRAINT pk_comm_channel_participants PRIMARY KEY (channel_id, person_id)
);
CREATE INDEX ix_comm_channel_participants_person_id ON comm_channel_participants (person_id) WHERE left_at IS NULL;

-- A communication without a pair belongs to no channel; `seq` numbers a channel's messages without gaps.
CREATE TABLE comm_channel_pairs (
    channel_id uuid NOT NULL CONSTRAINT fk_comm_channel_pairs_channel_id REFERENCES comm_channels,
    comm_id uuid NOT NULL CONSTRAINT fk_comm_channel_pairs_comm_id REFERENCES communication_registry,
    seq bigint NOT NULL,
    CONSTRAINT pk_comm_channel_pairs PRIMARY KEY (channel_id, comm_id),
    CONSTRAINT uq_comm_channel_pairs_channel_id UNIQUE (channel_id, seq)
);
CREATE INDEX ix_comm_channel_pairs_comm_id ON comm_channel_pairs (comm_id);
"""

CHAT_RULES = """
CREATE UNIQUE INDEX uq_chats_client_key ON chats (sender_id, client_key);
CREATE UNIQUE INDEX uq_emails_message_id ON emails (message_id);
"""


def upgrade() -> None:
    op.execute(REGISTER)
    op.execute(COMMUNICATIONS)
    registry = {"registry": "communication_registry", "key": "comm_id"}
    make_child("communications", "chats", "client_key text", kind="chat", **registry)
    make_child(
        "communications",
        "phones",
        "duration_seconds integer NOT NULL DEFAULT 0 CONSTRAINT ck_phones_duration CHECK (duration_seconds >= 0),"
        " outcome text NOT NULL DEFAULT ''",
        kind="phone",
        **registry,
    )
    make_child(
        "communications",
        "emails",
        "subject text NOT NULL DEFAULT '', message_id text, in_reply_to text",
        kind="email",
        **registry,
    )
    op.execute(CHAT_RULES)
    op.execute(CHANNELS)


def downgrade() -> None:
    for table in (
        "comm_channel_pairs",
        "comm_channel_participants",
        "comm_channels",
        "emails",
        "phones",
        "chats",
        "communications",
        "communication_registry",
    ):
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute("DROP FUNCTION register_communication()")
