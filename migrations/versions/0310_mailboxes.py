"""Mail that comes in and goes out: the shop's mailboxes, mails as they came, and addresses that bounce.

Revision ID: 0310
Revises: 0303
"""

from alembic import op

revision = "0310"
down_revision = "0303"

MAILBOXES = """
CREATE TABLE mailboxes (
    mailbox_id uuid CONSTRAINT pk_mailboxes PRIMARY KEY,
    address text NOT NULL,
    name text NOT NULL,
    signature text NOT NULL DEFAULT '' CONSTRAINT ck_mailboxes_signature CHECK (length(signature) <= 2000),
    auto_reply text NOT NULL DEFAULT '' CONSTRAINT ck_mailboxes_auto_reply CHECK (length(auto_reply) <= 5000),
    is_default boolean NOT NULL DEFAULT false,
    is_enabled boolean NOT NULL DEFAULT true,
    imap_host text NOT NULL DEFAULT '',
    imap_port integer NOT NULL DEFAULT 993 CONSTRAINT ck_mailboxes_imap_port CHECK (imap_port BETWEEN 1 AND 65535),
    imap_security text NOT NULL DEFAULT 'tls'
        CONSTRAINT ck_mailboxes_imap_security CHECK (imap_security IN ('tls', 'starttls', 'none')),
    imap_user text NOT NULL DEFAULT '',
    imap_password_enc bytea,
    hook_secret_enc bytea,
    uid_validity bigint,
    last_uid bigint NOT NULL DEFAULT 0,
    checked_at timestamptz,
    failing_since timestamptz,
    last_error text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX uq_mailboxes_address ON mailboxes (lower(address));
CREATE UNIQUE INDEX uq_mailboxes_is_default ON mailboxes (is_default) WHERE is_default;
-- Not for what polling notes every minute.
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF address, name, signature, auto_reply, is_default, is_enabled,
    imap_host, imap_port, imap_security, imap_user, imap_password_enc, hook_secret_enc
    ON mailboxes FOR EACH ROW EXECUTE FUNCTION record_audit('mailbox_id', '', 'imap_password_enc,hook_secret_enc');
"""

# `raw` goes after a while; that it came stays, so that it never counts twice.
MAILS = """
CREATE TABLE raw_mails (
    raw_id uuid CONSTRAINT pk_raw_mails PRIMARY KEY,
    mailbox_id uuid NOT NULL CONSTRAINT fk_raw_mails_mailbox_id REFERENCES mailboxes ON DELETE CASCADE,
    mail_key text NOT NULL CONSTRAINT uq_raw_mails_mail_key UNIQUE,
    sha256 bytea NOT NULL CONSTRAINT uq_raw_mails_sha256 UNIQUE,
    size_bytes bigint NOT NULL,
    raw bytea,
    source text NOT NULL CONSTRAINT ck_raw_mails_source CHECK (source IN ('imap', 'hook', 'demo')),
    outcome text NOT NULL,
    sender text NOT NULL DEFAULT '',
    subject text NOT NULL DEFAULT '',
    comm_id uuid CONSTRAINT fk_raw_mails_comm_id REFERENCES communication_registry ON DELETE SET NULL,
    uid_validity bigint,
    uid bigint,
    marked_at timestamptz,
    hook_signature text CONSTRAINT uq_raw_mails_hook_signature UNIQUE,
    received_at timestamptz NOT NULL
);
CREATE INDEX ix_raw_mails_mailbox_id ON raw_mails (mailbox_id, received_at DESC, raw_id);
CREATE INDEX ix_raw_mails_comm_id ON raw_mails (comm_id);
CREATE INDEX ix_raw_mails_received_at ON raw_mails (received_at) WHERE raw IS NOT NULL;
CREATE INDEX ix_raw_mails_unmarked ON raw_mails (mailbox_id, uid) WHERE uid IS NOT NULL AND marked_at IS NULL;

CREATE TABLE mail_threads (
    channel_id uuid CONSTRAINT pk_mail_threads PRIMARY KEY
        CONSTRAINT fk_mail_threads_channel_id REFERENCES comm_channels ON DELETE CASCADE,
    mailbox_id uuid CONSTRAINT fk_mail_threads_mailbox_id REFERENCES mailboxes ON DELETE SET NULL,
    subject_key text NOT NULL DEFAULT '',
    doubt text NOT NULL DEFAULT ''
);
CREATE INDEX ix_mail_threads_mailbox_id ON mail_threads (mailbox_id);

CREATE TABLE mails (
    comm_id uuid CONSTRAINT pk_mails PRIMARY KEY
        CONSTRAINT fk_mails_comm_id REFERENCES communication_registry ON DELETE CASCADE,
    mailbox_id uuid CONSTRAINT fk_mails_mailbox_id REFERENCES mailboxes ON DELETE SET NULL,
    is_incoming boolean NOT NULL,
    is_automatic boolean NOT NULL DEFAULT false,
    from_name text NOT NULL DEFAULT '',
    from_address text NOT NULL DEFAULT '',
    to_addresses jsonb NOT NULL DEFAULT '[]',
    cc_addresses jsonb NOT NULL DEFAULT '[]',
    bcc_addresses jsonb NOT NULL DEFAULT '[]',
    reference_ids jsonb NOT NULL DEFAULT '[]',
    quoted text NOT NULL DEFAULT '',
    html text NOT NULL DEFAULT '',
    attachments jsonb NOT NULL DEFAULT '[]',
    left_out text NOT NULL DEFAULT '',
    doubt text NOT NULL DEFAULT '',
    bounced text NOT NULL DEFAULT '',
    outgoing_id uuid CONSTRAINT fk_mails_outgoing_id REFERENCES outgoing_mail ON DELETE SET NULL
);
CREATE INDEX ix_mails_mailbox_id ON mails (mailbox_id);
CREATE INDEX ix_mails_outgoing_id ON mails (outgoing_id);
"""

ADDRESSES = """
CREATE TABLE bounced_addresses (
    address text CONSTRAINT pk_bounced_addresses PRIMARY KEY,
    person_id uuid CONSTRAINT fk_bounced_addresses_person_id REFERENCES person_registry ON DELETE CASCADE,
    status text NOT NULL,
    reason text NOT NULL,
    is_final boolean NOT NULL,
    bounced_at timestamptz NOT NULL
);
CREATE INDEX ix_bounced_addresses_person_id ON bounced_addresses (person_id);
CREATE TABLE auto_replies (
    address text CONSTRAINT pk_auto_replies PRIMARY KEY,
    person_id uuid CONSTRAINT fk_auto_replies_person_id REFERENCES person_registry ON DELETE CASCADE,
    replied_at timestamptz NOT NULL
);
CREATE INDEX ix_auto_replies_person_id ON auto_replies (person_id);
CREATE INDEX ix_auto_replies_replied_at ON auto_replies (replied_at);
"""

# How a mail goes out that is not a notice: who sends it, copies, what it answers, and files. NULL for a notice.
ENVELOPE = "ALTER TABLE outgoing_mail ADD COLUMN envelope jsonb"


def upgrade() -> None:
    op.execute(MAILBOXES)
    op.execute(ENVELOPE)
    op.execute(MAILS)
    op.execute(ADDRESSES)


def downgrade() -> None:
    for table in ("auto_replies", "bounced_addresses", "mails", "mail_threads", "raw_mails", "mailboxes"):
        op.execute(f"DROP TABLE {table}")
    op.execute("ALTER TABLE outgoing_mail DROP COLUMN envelope")
