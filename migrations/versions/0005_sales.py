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
    refunded_minor bigint NOT NULL DEFAULT 0
        CONSTRAINT ck_receipts_refunded_minor CHECK (refunded_minor BETWEEN least(-total_minor, 0) AND 0),
    refund_of uuid CONSTRAINT fk_receipts_refund_of REFERENCES receipts,
    reason text NOT NULL DEFAULT '',
    source text NOT NULL DEFAULT 'staff'
        CONSTRAINT ck_receipts_source CHECK (source IN ('staff', 'customer', 'api', 'import', 'demo')),
    source_reference text,
    recorded_by uuid CONSTRAINT fk_receipts_recorded_by REFERENCES person_registry,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT fk_receipts_customer_id FOREIGN KEY (customer_id, customer_kind)
        REFERENCES person_registry (person_id, kind)
);
CREATE INDEX ix_receipts_customer_id ON receipts (customer_id, at, receipt_id);
CREATE INDEX ix_receipts_at ON receipts (at, receipt_id);
CREATE INDEX ix_receipts_refunds ON receipts (at, receipt_id) WHERE kind = 'refund';
CREATE INDEX ix_receipts_total_minor ON receipts (total_minor, receipt_id);
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
    CONSTRAINT uq_transactions_line UNIQUE (receipt_id, line, at),
    CONSTRAINT ck_transactions_refund CHECK ((refund_of IS NULL) = (refund_of_at IS NULL) AND at >= refund_of_at)
) PARTITION BY RANGE (at);
CREATE TABLE transactions_default PARTITION OF transactions DEFAULT;
CREATE INDEX ix_transactions_at ON transactions (at, transaction_id);
CREATE INDEX ix_transactions_customer_id ON transactions (customer_id, at);
CREATE INDEX ix_transactions_product_id ON transactions (product_id, at) INCLUDE (quantity, amount_minor, currency);
CREATE INDEX ix_transactions_refund_of ON transactions (refund_of) WHERE refund_of IS NOT NULL;

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON transactions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE DELETE ON receipts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON receipts FOR EACH ROW
    EXECUTE FUNCTION record_audit('receipt_id', '', '');

-- A foreign key from line to line would keep a month with refunded sales from ever being detached. This
-- stands in its place, sums up on the sale what was given back of it, and holds what no key can: never more
-- than was paid, line by line. Updating the sale's row locks it, so that of two refunds at once the second
-- sees the first.
CREATE FUNCTION check_refund() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sold transactions;
    given_back record;
BEGIN
    SELECT * INTO sold FROM transactions WHERE transaction_id = NEW.refund_of AND at = NEW.refund_of_at;
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING CONSTRAINT = 'fk_transactions_refund_of',
            MESSAGE = 'the refunded line does not exist';
    END IF;
    UPDATE receipts SET refunded_minor = refunded_minor + NEW.amount_minor WHERE receipt_id = sold.receipt_id;
    SELECT sum(amount_minor) AS amount_minor, sum(quantity) AS quantity INTO given_back
    FROM transactions WHERE refund_of = NEW.refund_of AND at >= sold.at;
    IF NEW.amount_minor > 0 OR sold.amount_minor + given_back.amount_minor < 0
       OR sold.quantity + given_back.quantity < 0 THEN
        RAISE check_violation USING CONSTRAINT = 'ck_transactions_refunded',
            MESSAGE = 'more would be given back than was paid';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refund AFTER INSERT ON transactions FOR EACH ROW WHEN (NEW.refund_of IS NOT NULL)
    EXECUTE FUNCTION check_refund();
"""


def upgrade() -> None:
    op.execute(SALES)


def downgrade() -> None:
    for table in ("transactions", "receipts", "receipt_series"):
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute("DROP FUNCTION check_refund()")
