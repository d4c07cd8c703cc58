"""Quotes: what a customer is offered in a deal, and what they answer.

Revision ID: 0142
Revises: 0181
"""

from alembic import op

revision = "0142"
down_revision = "0181"

QUOTES = """
CREATE SEQUENCE quote_numbers;
CREATE TABLE quotes (
    quote_id uuid CONSTRAINT pk_quotes PRIMARY KEY,
    deal_id uuid NOT NULL CONSTRAINT fk_quotes_deal_id REFERENCES deals,
    number bigint NOT NULL,
    revision integer NOT NULL CONSTRAINT ck_quotes_revision CHECK (revision > 0),
    state text NOT NULL DEFAULT 'open'
        CONSTRAINT ck_quotes_state CHECK (state IN ('open', 'accepted', 'declined', 'withdrawn', 'replaced')),
    customer_name text NOT NULL,
    currency text NOT NULL,
    total_minor bigint NOT NULL CONSTRAINT ck_quotes_total_minor CHECK (total_minor >= 0),
    tax_share numeric(5, 4) NOT NULL DEFAULT 0 CONSTRAINT ck_quotes_tax_share CHECK (tax_share BETWEEN 0 AND 1),
    valid_until date NOT NULL,
    terms text NOT NULL DEFAULT '',
    accept_stage_id uuid CONSTRAINT fk_quotes_accept_stage_id REFERENCES deal_stages,
    token_hash bytea CONSTRAINT uq_quotes_token_hash UNIQUE,
    token_expires_at timestamptz,
    sent_at timestamptz,
    seen_at timestamptz,
    answered_at timestamptz,
    answered_by text NOT NULL DEFAULT '',
    answered_from text NOT NULL DEFAULT '',
    decline_reason text NOT NULL DEFAULT '',
    created_by uuid CONSTRAINT fk_quotes_created_by REFERENCES person_registry,
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT uq_quotes_number UNIQUE (number, revision),
    CONSTRAINT ck_quotes_token CHECK ((token_hash IS NULL) = (token_expires_at IS NULL)),
    CONSTRAINT ck_quotes_answer CHECK ((state IN ('accepted', 'declined')) = (answered_at IS NOT NULL))
);
CREATE INDEX ix_quotes_deal_id ON quotes (deal_id, number, revision);
CREATE INDEX ix_quotes_accept_stage_id ON quotes (accept_stage_id) WHERE accept_stage_id IS NOT NULL;
CREATE INDEX ix_quotes_created_by ON quotes (created_by);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON quotes FOR EACH ROW
    EXECUTE FUNCTION record_audit('quote_id', 'customer_name,answered_by,answered_from', 'token_hash');

CREATE TABLE quote_lines (
    quote_id uuid NOT NULL CONSTRAINT fk_quote_lines_quote_id REFERENCES quotes ON DELETE CASCADE,
    position integer NOT NULL,
    product_id uuid NOT NULL CONSTRAINT fk_quote_lines_product_id REFERENCES products,
    description text NOT NULL,
    quantity integer NOT NULL,
    unit_price_minor bigint NOT NULL,
    discount_share numeric(5, 4) NOT NULL,
    amount_minor bigint NOT NULL,
    CONSTRAINT pk_quote_lines PRIMARY KEY (quote_id, position)
);
CREATE INDEX ix_quote_lines_product_id ON quote_lines (product_id);
"""


def upgrade() -> None:
    op.execute(QUOTES)


def downgrade() -> None:
    op.execute("DROP TABLE quote_lines")
    op.execute("DROP TABLE quotes")
    op.execute("DROP SEQUENCE quote_numbers")
