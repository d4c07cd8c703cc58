"""Calls as they happen, and the accounts with whoever carries them.

Revision ID: 0311
Revises: 0305
"""

from alembic import op

revision = "0311"
down_revision = "0305"

CALLS = """
CREATE TABLE phone_accounts (
    account_id uuid CONSTRAINT pk_phone_accounts PRIMARY KEY,
    provider text NOT NULL CONSTRAINT uq_phone_accounts_provider UNIQUE,
    is_enabled boolean NOT NULL DEFAULT false,
    account_sid text NOT NULL DEFAULT '',
    number text NOT NULL DEFAULT '',
    forward_to text NOT NULL DEFAULT '',
    token_enc bytea,
    updated_at timestamptz NOT NULL
);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON phone_accounts
    FOR EACH ROW EXECUTE FUNCTION record_audit('account_id', '', 'token_enc');
CREATE TABLE calls (
    call_id uuid CONSTRAINT pk_calls PRIMARY KEY,
    provider text NOT NULL,
    sid text,
    is_incoming boolean NOT NULL,
    number_enc bytea,
    customer_id uuid CONSTRAINT fk_calls_customer_id REFERENCES person_registry,
    employee_id uuid CONSTRAINT fk_calls_employee_id REFERENCES person_registry,
    state text NOT NULL CONSTRAINT ck_calls_state CHECK (state IN ('queued', 'initiated', 'ringing', 'in-progress',
        'completed', 'busy', 'no-answer', 'canceled', 'failed')),
    duration_seconds integer NOT NULL DEFAULT 0 CONSTRAINT ck_calls_duration CHECK (duration_seconds >= 0),
    failure text NOT NULL DEFAULT '',
    comm_id uuid CONSTRAINT fk_calls_comm_id REFERENCES communication_registry ON DELETE SET NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT uq_calls_provider UNIQUE (provider, sid)
);
CREATE INDEX ix_calls_customer_id ON calls (customer_id, started_at);
CREATE INDEX ix_calls_employee_id ON calls (employee_id);
CREATE INDEX ix_calls_comm_id ON calls (comm_id);
CREATE INDEX ix_calls_started_at ON calls (started_at DESC, call_id);
"""


def upgrade() -> None:
    op.execute(CALLS)


def downgrade() -> None:
    op.execute("DROP TABLE calls")
    op.execute("DROP TABLE phone_accounts")
