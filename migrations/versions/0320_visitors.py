"""Visitors of web pages who talk without an account, and the widgets they do it with.

Revision ID: 0320
Revises: 0300
"""

from alembic import op

from migrations.inheritance import make_child

revision = "0320"
down_revision = "0300"

WIDGETS = """
CREATE TABLE widgets (
    widget_id uuid CONSTRAINT pk_widgets PRIMARY KEY,
    key text NOT NULL CONSTRAINT uq_widgets_key UNIQUE,
    name text NOT NULL CONSTRAINT ck_widgets_name CHECK (length(name) BETWEEN 1 AND 80),
    colour text NOT NULL CONSTRAINT ck_widgets_colour CHECK (colour ~ '^#[0-9a-f]{6}$'),
    side text NOT NULL CONSTRAINT ck_widgets_side CHECK (side IN ('left', 'right')),
    greeting text NOT NULL,
    away_text text NOT NULL,
    asks_name text NOT NULL CONSTRAINT ck_widgets_asks_name CHECK (asks_name IN ('no', 'optional', 'required')),
    asks_email text NOT NULL CONSTRAINT ck_widgets_asks_email CHECK (asks_email IN ('no', 'optional', 'required')),
    origins jsonb NOT NULL DEFAULT '[]',
    tells_page boolean NOT NULL DEFAULT false,
    rules jsonb NOT NULL DEFAULT '[]',
    offer_after_minutes integer NOT NULL
        CONSTRAINT ck_widgets_offer_after_minutes CHECK (offer_after_minutes BETWEEN 1 AND 1440),
    mail_after_minutes integer NOT NULL
        CONSTRAINT ck_widgets_mail_after_minutes CHECK (mail_after_minutes BETWEEN 1 AND 1440),
    secret_enc bytea NOT NULL,
    is_on boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1
);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON widgets FOR EACH ROW
    EXECUTE FUNCTION record_audit('widget_id', '', 'secret_enc');
"""

VISITOR_COLUMNS = """
    widget_id uuid,
    claimed_email text CONSTRAINT ck_visitors_claimed_email CHECK (length(claimed_email) <= 320),
    page text NOT NULL DEFAULT '',
    page_title text NOT NULL DEFAULT '',
    became_id uuid
"""

# A session is one browser's: whoever it stands for, a visitor or, once that is proved, a customer.
SESSIONS = """
ALTER TABLE visitors
    ADD CONSTRAINT ck_visitors_unknown CHECK (email IS NULL AND password_hash IS NULL),
    ADD CONSTRAINT fk_visitors_widget_id FOREIGN KEY (widget_id) REFERENCES widgets ON DELETE SET NULL,
    ADD CONSTRAINT fk_visitors_became_id FOREIGN KEY (became_id) REFERENCES person_registry ON DELETE SET NULL;
CREATE INDEX ix_visitors_widget_id ON visitors (widget_id);
CREATE INDEX ix_visitors_became_id ON visitors (became_id) WHERE became_id IS NOT NULL;

CREATE TABLE widget_sessions (
    token_hash bytea CONSTRAINT pk_widget_sessions PRIMARY KEY,
    widget_id uuid NOT NULL CONSTRAINT fk_widget_sessions_widget_id REFERENCES widgets ON DELETE CASCADE,
    person_id uuid NOT NULL CONSTRAINT fk_widget_sessions_person_id REFERENCES person_registry ON DELETE CASCADE,
    proof text NOT NULL CONSTRAINT ck_widget_sessions_proof CHECK (proof IN ('none', 'signed', 'code', 'link')),
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX ix_widget_sessions_person_id ON widget_sessions (person_id);
CREATE INDEX ix_widget_sessions_widget_id ON widget_sessions (widget_id);

CREATE TABLE widget_codes (
    code_id uuid CONSTRAINT pk_widget_codes PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT fk_widget_codes_person_id REFERENCES person_registry ON DELETE CASCADE,
    email text NOT NULL CONSTRAINT ck_widget_codes_email CHECK (length(email) <= 320),
    code_hash bytea NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX ix_widget_codes_person_id ON widget_codes (person_id, created_at);

CREATE TABLE widget_links (
    token_hash bytea CONSTRAINT pk_widget_links PRIMARY KEY,
    widget_id uuid NOT NULL CONSTRAINT fk_widget_links_widget_id REFERENCES widgets ON DELETE CASCADE,
    person_id uuid NOT NULL CONSTRAINT fk_widget_links_person_id REFERENCES person_registry ON DELETE CASCADE,
    channel_id uuid CONSTRAINT fk_widget_links_channel_id REFERENCES comm_channels ON DELETE CASCADE,
    email text CONSTRAINT ck_widget_links_email CHECK (length(email) <= 320),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX ix_widget_links_person_id ON widget_links (person_id);
CREATE INDEX ix_widget_links_widget_id ON widget_links (widget_id);
CREATE INDEX ix_widget_links_channel_id ON widget_links (channel_id) WHERE channel_id IS NOT NULL;

CREATE TABLE mailed_answers (
    channel_id uuid CONSTRAINT pk_mailed_answers PRIMARY KEY
        CONSTRAINT fk_mailed_answers_channel_id REFERENCES comm_channels ON DELETE CASCADE,
    mailed_seq bigint NOT NULL,
    mailed_at timestamptz NOT NULL
);
"""

CHANNELS = """
ALTER TABLE comm_channels
    ADD COLUMN visitor_id uuid,
    ADD COLUMN visitor_kind text NOT NULL DEFAULT 'visitor'
        CONSTRAINT ck_comm_channels_visitor_kind CHECK (visitor_kind = 'visitor'),
    ADD CONSTRAINT fk_comm_channels_visitor_id FOREIGN KEY (visitor_id, visitor_kind)
        REFERENCES person_registry (person_id, kind);
CREATE INDEX ix_comm_channels_visitor_id ON comm_channels (visitor_id) WHERE visitor_id IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(WIDGETS)
    make_child("people", "visitors", VISITOR_COLUMNS, kind="visitor", registry="person_registry", key="person_id")
    op.execute(SESSIONS)
    op.execute(CHANNELS)


def downgrade() -> None:
    op.execute(
        """
        ALTER TABLE comm_channels DROP COLUMN visitor_id, DROP COLUMN visitor_kind;
        DROP TABLE mailed_answers, widget_links, widget_codes, widget_sessions;
        DROP TABLE visitors;
        DELETE FROM person_registry WHERE kind = 'visitor';
        DROP TABLE widgets;
        """
    )
