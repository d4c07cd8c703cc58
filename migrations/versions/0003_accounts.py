"""Sign-ins, mailed tokens, failed tries, changed grants and API keys.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"

ACCOUNTS = """
CREATE TABLE sign_ins (
    sign_in_id uuid CONSTRAINT pk_sign_ins PRIMARY KEY,
    token_hash bytea NOT NULL CONSTRAINT uq_sign_ins_token_hash UNIQUE,
    person_id uuid NOT NULL CONSTRAINT fk_sign_ins_person_id REFERENCES person_registry ON DELETE CASCADE,
    address text NOT NULL,
    device text NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX ix_sign_ins_person_id ON sign_ins (person_id) WHERE ended_at IS NULL;

CREATE TABLE account_tokens (
    token_hash bytea CONSTRAINT pk_account_tokens PRIMARY KEY,
    purpose text NOT NULL CONSTRAINT ck_account_tokens_purpose CHECK (purpose IN ('verify', 'reset', 'invite')),
    person_id uuid NOT NULL CONSTRAINT fk_account_tokens_person_id REFERENCES person_registry ON DELETE CASCADE,
    email text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX ix_account_tokens_person_id ON account_tokens (person_id);

CREATE TABLE sign_in_failures (
    email_key bytea CONSTRAINT pk_sign_in_failures PRIMARY KEY,
    tries integer NOT NULL,
    last_at timestamptz NOT NULL,
    locked_until timestamptz
);
CREATE INDEX ix_sign_in_failures_last_at ON sign_in_failures (last_at);

CREATE TABLE changed_grants (
    role text NOT NULL CONSTRAINT ck_changed_grants_role CHECK (role IN ('customer', 'agent', 'manager', 'admin')),
    permission text NOT NULL,
    scope text CONSTRAINT ck_changed_grants_scope CHECK (scope IN ('own', 'team', 'all')),
    CONSTRAINT pk_changed_grants PRIMARY KEY (role, permission)
);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON changed_grants FOR EACH ROW
    EXECUTE FUNCTION record_audit('role', '', '');

CREATE TABLE api_keys (
    api_key_id uuid CONSTRAINT pk_api_keys PRIMARY KEY,
    owner_id uuid NOT NULL CONSTRAINT fk_api_keys_owner_id REFERENCES person_registry ON DELETE CASCADE,
    name text NOT NULL,
    prefix text NOT NULL,
    key_hash bytea NOT NULL CONSTRAINT uq_api_keys_key_hash UNIQUE,
    permissions jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX ix_api_keys_owner_id ON api_keys (owner_id);
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF name, permissions, expires_at, revoked_at ON api_keys
    FOR EACH ROW EXECUTE FUNCTION record_audit('api_key_id', '', 'key_hash,last_used_at');

CREATE TABLE idempotent_requests (
    key text NOT NULL,
    principal text NOT NULL,
    fingerprint bytea NOT NULL,
    status integer,
    headers jsonb,
    body bytea,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_idempotent_requests PRIMARY KEY (principal, key)
);
CREATE INDEX ix_idempotent_requests_created_at ON idempotent_requests (created_at);
"""

TABLES = (
    "idempotent_requests",
    "api_keys",
    "changed_grants",
    "sign_in_failures",
    "account_tokens",
    "sign_ins",
)


def upgrade() -> None:
    op.execute(ACCOUNTS)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
