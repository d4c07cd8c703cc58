"""Web Push: devices that people are reached in, and the key that push services know us by.

Revision ID: 0351
Revises: 0350
"""

from alembic import op

revision = "0351"
down_revision = "0350"

TABLES = """
CREATE TABLE push_keys (
    key_id uuid CONSTRAINT pk_push_keys PRIMARY KEY,
    is_only boolean NOT NULL CONSTRAINT uq_push_keys_is_only UNIQUE CONSTRAINT ck_push_keys_is_only CHECK (is_only),
    public text NOT NULL,
    private_enc bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE push_subscriptions (
    subscription_id uuid CONSTRAINT pk_push_subscriptions PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT fk_push_subscriptions_person_id REFERENCES person_registry ON DELETE CASCADE,
    endpoint text NOT NULL CONSTRAINT uq_push_subscriptions_endpoint UNIQUE
        CONSTRAINT ck_push_subscriptions_endpoint CHECK (length(endpoint) BETWEEN 1 AND 2000),
    p256dh text NOT NULL,
    auth text NOT NULL,
    device text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz
);
CREATE INDEX ix_push_subscriptions_person_id ON push_subscriptions (person_id);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE push_subscriptions, push_keys")
