"""Receipts and the transactions on them, cut by month.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"

SALES = """
CREATE TABLE receipt_series (
    series text CONSTRAINT pk_receipt_series PRIMARY KEY,
    last_number bigint NOT NULL
);
INSERT INTO receipt_series VALUES ('R', 0);

-- A receipt is a sale or a refund; it is written once.
CREATE TABLE receipts (
    receipt_id uuid CONSTRAINT pk_receipts PRIMARY KEY,
    number bigint NOT NULL CONSTRAINT uq_receipts_number UNIQUE,
    kind text NOT NULL CONSTRAINT ck_receipts_kind CHECK (kind IN ('sale', 'refund')),
    at timestamptz NOT NULL,
    customer_id uuid NOT NULL,
    customer_kind text NOT NULL DEFAULT 'customer'
        CONSTRAINT ck_receipts_customer_kind CHECK (customer_kind = 'customer'),
    currency text NOT NULL,
    total_minor bigint NOT NULL,
    refund_of uuid CONSTRAINT fk_receipts_refund_of REFERENCES receipts,
    reason text NOT NULL DEFAULT '',
    source text NOT NULL DEFAULT 'staff'
        CONSTRAINT ck_receipts_source CHECK (source IN ('staff', 'customer', 'api', 'import', 'demo')),
    source_reference text,
    recorded_by uuid CONSTRAINT fk_receipts_recorded_by REFERENCES person_registry,
    created_at timestamptz NOT NULL DEFAULT now(),
    request_key text CONSTRAINT uq_receipts_request_key UNIQUE,
    CONSTRAINT fk_receipts_customer_id FOREIGN KEY (customer_id, customer_kind)
        REFERENCES person_registry (person_id, kind)
);
CREATE INDEX ix_receipts_customer_id ON receipts (customer_id, at);
CREATE INDEX ix_receipts_at ON receipts (at, receipt_id);
CREATE INDEX ix_receipts_refund_of ON receipts (refund_of) WHERE refund_of IS NOT NULL;
CREATE INDEX ix_receipts_recorded_by ON receipts (recorded_by, at);
CREATE INDEX ix_receipts_source_reference ON receipts (source_reference) WHERE source_reference IS NOT NULL;

CREATE TABLE transactions (
    transaction_id uuid NOT NULL,
    at timestamptz NOT NULL,
    receipt_id uuid NOT NULL CONSTRAINT fk_transactions_receipt_id REFERENCES receipts,
    line integer NOT NULL,
    customer_id uuid NOT NULL,
    customer_kind text NOT NULL DEFAULT 'customer'
        CONSTRAINT ck_transactions_customer_kind CHECK (customer_kind = 'customer'),
    product_id uuid CONSTRAINT fk_transactions_product_id REFERENCES products,
    description text NOT NULL,
    quantity integer NOT NULL,
    unit_price numeric(20, 4) NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    refund_of uuid,
    refund_of_at timestamptz,
    source_line integer,
    CONSTRAINT pk_transactions PRIMARY KEY (transaction_id, at),
    CONSTRAINT fk_transactions_customer_id FOREIGN KEY (customer_id, customer_kind)
        REFERENCES person_registry (person_id, kind),
    CONSTRAINT fk_transactions_refund_of FOREIGN KEY (refund_of, refund_of_at)
        REFERENCES transactions (transaction_id, at),
    CONSTRAINT ck_transactions_refund CHECK ((refund_of IS NULL) = (refund_of_at IS NULL))
) PARTITION BY RANGE (at);
CREATE TABLE transactions_default PARTITION OF transactions DEFAULT;
CREATE INDEX ix_transactions_at ON transactions (at, transaction_id);
CREATE INDEX ix_transactions_receipt_id ON transactions (receipt_id, line);
CREATE INDEX ix_transactions_customer_id ON transactions (customer_id, at);
CREATE INDEX ix_transactions_product_id ON transactions (product_id, at);
CREATE INDEX ix_transactions_refund_of ON transactions (refund_of) WHERE refund_of IS NOT NULL;

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON transactions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE DELETE ON receipts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON receipts FOR EACH ROW
    EXECUTE FUNCTION record_audit('receipt_id', '', '');
"""


def upgrade() -> None:
    op.execute(SALES)


def downgrade() -> None:
    for table in ("transactions", "receipts", "receipt_series"):
        op.execute(f"DROP TABLE {table} CASCADE")
