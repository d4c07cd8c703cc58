"""Tax rates, baskets, orders, payments and invoices.

Revision ID: 0150
Revises: 0101
"""

from alembic import op

revision = "0150"
down_revision = "0101"

TAXES = """
CREATE TABLE tax_rates (
    tax_rate_id uuid CONSTRAINT pk_tax_rates PRIMARY KEY,
    name text NOT NULL,
    share numeric(7, 6) NOT NULL CONSTRAINT ck_tax_rates_share CHECK (share >= 0 AND share < 1),
    is_included boolean NOT NULL,
    is_default boolean NOT NULL,
    archived_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT ck_tax_rates_default CHECK (NOT is_default OR archived_at IS NULL)
);
CREATE UNIQUE INDEX uq_tax_rates_default ON tax_rates (is_default) WHERE is_default;
CREATE TABLE product_taxes (
    product_id uuid CONSTRAINT pk_product_taxes PRIMARY KEY
        CONSTRAINT fk_product_taxes_product_id REFERENCES products ON DELETE CASCADE,
    tax_rate_id uuid NOT NULL CONSTRAINT fk_product_taxes_tax_rate_id REFERENCES tax_rates
);
CREATE INDEX ix_product_taxes_tax_rate_id ON product_taxes (tax_rate_id);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON tax_rates FOR EACH ROW
    EXECUTE FUNCTION record_audit('tax_rate_id', '', '');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON product_taxes FOR EACH ROW
    EXECUTE FUNCTION record_audit('product_id', '', '');
"""

ORDERS = """
ALTER TABLE receipts ADD COLUMN managed_at text;

CREATE TABLE basket_lines (
    customer_id uuid NOT NULL CONSTRAINT fk_basket_lines_customer_id REFERENCES person_registry ON DELETE CASCADE,
    product_id uuid NOT NULL CONSTRAINT fk_basket_lines_product_id REFERENCES products ON DELETE CASCADE,
    quantity integer NOT NULL CONSTRAINT ck_basket_lines_quantity CHECK (quantity BETWEEN 1 AND 1000),
    price_minor bigint NOT NULL,
    added_at timestamptz NOT NULL,
    CONSTRAINT pk_basket_lines PRIMARY KEY (customer_id, product_id)
);
CREATE INDEX ix_basket_lines_product_id ON basket_lines (product_id);

CREATE SEQUENCE order_numbers;
CREATE TABLE orders (
    order_id uuid CONSTRAINT pk_orders PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('order_numbers') CONSTRAINT uq_orders_number UNIQUE,
    customer_id uuid NOT NULL,
    customer_kind text NOT NULL DEFAULT 'customer' CONSTRAINT ck_orders_customer_kind CHECK (customer_kind = 'customer'),
    state text NOT NULL
        CONSTRAINT ck_orders_state CHECK (state IN ('placed', 'paid', 'fulfilled', 'cancelled', 'refunded')),
    pay_by text NOT NULL,
    currency text NOT NULL,
    net_minor bigint NOT NULL CONSTRAINT ck_orders_net_minor CHECK (net_minor >= 0),
    tax_minor bigint NOT NULL CONSTRAINT ck_orders_tax_minor CHECK (tax_minor >= 0),
    total_minor bigint NOT NULL CONSTRAINT ck_orders_total_minor CHECK (total_minor = net_minor + tax_minor),
    paid_minor bigint NOT NULL DEFAULT 0 CONSTRAINT ck_orders_paid_minor CHECK (paid_minor BETWEEN 0 AND total_minor),
    refunded_minor bigint NOT NULL DEFAULT 0
        CONSTRAINT ck_orders_refunded_minor CHECK (refunded_minor BETWEEN 0 AND paid_minor),
    receipt_id uuid CONSTRAINT fk_orders_receipt_id REFERENCES receipts CONSTRAINT uq_orders_receipt_id UNIQUE,
    note text NOT NULL DEFAULT '',
    source text NOT NULL DEFAULT 'customer'
        CONSTRAINT ck_orders_source CHECK (source IN ('staff', 'customer', 'api', 'import', 'demo')),
    placed_by uuid CONSTRAINT fk_orders_placed_by REFERENCES person_registry,
    placed_at timestamptz NOT NULL,
    paid_at timestamptz,
    fulfilled_at timestamptz,
    cancelled_at timestamptz,
    cancel_reason text NOT NULL DEFAULT '',
    CONSTRAINT ck_orders_receipt CHECK (receipt_id IS NOT NULL OR state IN ('placed', 'cancelled')),
    CONSTRAINT fk_orders_customer_id FOREIGN KEY (customer_id, customer_kind)
        REFERENCES person_registry (person_id, kind)
);
ALTER SEQUENCE order_numbers OWNED BY orders.number;
CREATE INDEX ix_orders_placed_at ON orders (placed_at, order_id);
CREATE INDEX ix_orders_total_minor ON orders (total_minor, order_id);
CREATE INDEX ix_orders_state ON orders (state, placed_at, order_id);
CREATE INDEX ix_orders_customer_id ON orders (customer_id, placed_at, order_id);
CREATE INDEX ix_orders_placed_by ON orders (placed_by);

CREATE TABLE order_lines (
    order_id uuid NOT NULL CONSTRAINT fk_order_lines_order_id REFERENCES orders,
    line integer NOT NULL,
    product_id uuid CONSTRAINT fk_order_lines_product_id REFERENCES products,
    description text NOT NULL,
    quantity integer NOT NULL CONSTRAINT ck_order_lines_quantity CHECK (quantity >= 1),
    unit_price_minor bigint NOT NULL,
    tax_name text NOT NULL DEFAULT '',
    tax_share numeric(7, 6) NOT NULL DEFAULT 0,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    CONSTRAINT pk_order_lines PRIMARY KEY (order_id, line)
);
CREATE INDEX ix_order_lines_product_id ON order_lines (product_id);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON order_lines FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW
    EXECUTE FUNCTION record_audit('order_id', '', '');
"""

PAYMENTS = """
CREATE TABLE payments (
    payment_id uuid CONSTRAINT pk_payments PRIMARY KEY,
    payable_kind text NOT NULL,
    payable_id uuid NOT NULL,
    customer_id uuid NOT NULL CONSTRAINT fk_payments_customer_id REFERENCES person_registry,
    provider text NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT ck_payments_amount_minor CHECK (amount_minor > 0),
    currency text NOT NULL,
    state text NOT NULL
        CONSTRAINT ck_payments_state CHECK (state IN ('created', 'waiting', 'paid', 'failed', 'closed')),
    refunded_minor bigint NOT NULL DEFAULT 0 CONSTRAINT ck_payments_refunded_minor
        CHECK (refunded_minor BETWEEN 0 AND CASE state WHEN 'paid' THEN amount_minor ELSE 0 END),
    is_surplus boolean NOT NULL DEFAULT false,
    description text NOT NULL DEFAULT '',
    pay_url text NOT NULL DEFAULT '',
    reference text,
    taken_by uuid CONSTRAINT fk_payments_taken_by REFERENCES person_registry,
    failure text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    next_look_at timestamptz NOT NULL,
    paid_at timestamptz,
    closed_at timestamptz,
    CONSTRAINT ck_payments_paid_at CHECK ((state = 'paid') = (paid_at IS NOT NULL))
);
CREATE UNIQUE INDEX uq_payments_reference ON payments (provider, reference) WHERE reference IS NOT NULL;
CREATE INDEX ix_payments_payable_id ON payments (payable_id, created_at);
CREATE INDEX ix_payments_customer_id ON payments (customer_id, created_at, payment_id);
CREATE INDEX ix_payments_created_at ON payments (created_at, payment_id);
CREATE INDEX ix_payments_amount_minor ON payments (amount_minor, payment_id);
CREATE INDEX ix_payments_paid_at ON payments (provider, paid_at);
CREATE INDEX ix_payments_taken_by ON payments (taken_by);
CREATE INDEX ix_payments_next_look_at ON payments (next_look_at) WHERE state IN ('created', 'waiting');

CREATE TABLE payment_refunds (
    refund_id uuid CONSTRAINT pk_payment_refunds PRIMARY KEY,
    payment_id uuid NOT NULL CONSTRAINT fk_payment_refunds_payment_id REFERENCES payments,
    amount_minor bigint NOT NULL CONSTRAINT ck_payment_refunds_amount_minor CHECK (amount_minor > 0),
    reason text NOT NULL,
    state text NOT NULL CONSTRAINT ck_payment_refunds_state CHECK (state IN ('asked', 'waiting', 'done', 'failed')),
    reference text,
    failure text NOT NULL DEFAULT '',
    asked_by uuid CONSTRAINT fk_payment_refunds_asked_by REFERENCES person_registry,
    asked_at timestamptz NOT NULL,
    next_look_at timestamptz NOT NULL,
    done_at timestamptz
);
CREATE INDEX ix_payment_refunds_payment_id ON payment_refunds (payment_id);
CREATE INDEX ix_payment_refunds_asked_by ON payment_refunds (asked_by);
CREATE INDEX ix_payment_refunds_next_look_at ON payment_refunds (next_look_at) WHERE state IN ('asked', 'waiting');

-- However it is asked for, what goes back of a payment is never more than what came in.
CREATE FUNCTION check_payment_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM payments WHERE payment_id = NEW.payment_id FOR UPDATE;
    IF (SELECT sum(amount_minor) FROM payment_refunds WHERE payment_id = NEW.payment_id AND state <> 'failed')
       > (SELECT amount_minor FROM payments WHERE payment_id = NEW.payment_id AND state = 'paid') THEN
        RAISE check_violation USING CONSTRAINT = 'ck_payment_refunds_total',
            MESSAGE = 'more would be given back than came in';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER never_more_than_came_in AFTER INSERT OR UPDATE ON payment_refunds FOR EACH ROW
    EXECUTE FUNCTION check_payment_refund();

CREATE TABLE payment_steps (
    step_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_payment_steps PRIMARY KEY,
    payment_id uuid NOT NULL CONSTRAINT fk_payment_steps_payment_id REFERENCES payments,
    refund_id uuid CONSTRAINT fk_payment_steps_refund_id REFERENCES payment_refunds,
    at timestamptz NOT NULL,
    sender text NOT NULL,
    receiver text NOT NULL,
    title text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    is_good boolean NOT NULL DEFAULT true,
    took_ms integer
);
CREATE INDEX ix_payment_steps_payment_id ON payment_steps (payment_id, at);
CREATE INDEX ix_payment_steps_refund_id ON payment_steps (refund_id) WHERE refund_id IS NOT NULL;
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON payment_steps FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE payment_notifications (
    notification_id uuid CONSTRAINT pk_payment_notifications PRIMARY KEY,
    provider text NOT NULL,
    notify_key text NOT NULL,
    raw bytea NOT NULL,
    is_verified boolean NOT NULL,
    outcome text NOT NULL DEFAULT '',
    payment_id uuid CONSTRAINT fk_payment_notifications_payment_id REFERENCES payments,
    times integer NOT NULL DEFAULT 1,
    received_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    handled_at timestamptz,
    CONSTRAINT uq_payment_notifications_notify_key UNIQUE (provider, notify_key)
);
CREATE INDEX ix_payment_notifications_payment_id ON payment_notifications (payment_id);
CREATE INDEX ix_payment_notifications_received_at ON payment_notifications (received_at);

CREATE TABLE payment_accounts (
    account_id uuid CONSTRAINT pk_payment_accounts PRIMARY KEY,
    provider text NOT NULL CONSTRAINT uq_payment_accounts_provider UNIQUE,
    is_enabled boolean NOT NULL,
    plain jsonb NOT NULL,
    secrets_enc bytea,
    checked_at timestamptz,
    updated_at timestamptz NOT NULL
);
CREATE TABLE payment_reconciliations (
    reconciliation_id uuid CONSTRAINT pk_payment_reconciliations PRIMARY KEY,
    provider text NOT NULL,
    day date NOT NULL,
    matched integer NOT NULL,
    differences jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT uq_payment_reconciliations_day UNIQUE (provider, day)
);
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF state, refunded_minor, is_surplus, reference ON payments
    FOR EACH ROW EXECUTE FUNCTION record_audit('payment_id', '', 'pay_url');
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF state ON payment_refunds
    FOR EACH ROW EXECUTE FUNCTION record_audit('refund_id', '', '');
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF is_enabled, plain, secrets_enc ON payment_accounts
    FOR EACH ROW EXECUTE FUNCTION record_audit('account_id', '', 'secrets_enc');
"""

INVOICES = """
CREATE TABLE invoice_series (
    series text NOT NULL,
    year integer NOT NULL,
    last_number bigint NOT NULL,
    CONSTRAINT pk_invoice_series PRIMARY KEY (series, year)
);
CREATE TABLE invoice_settings (
    only_one boolean CONSTRAINT pk_invoice_settings PRIMARY KEY DEFAULT true
        CONSTRAINT ck_invoice_settings_only_one CHECK (only_one),
    settings_id uuid NOT NULL,
    is_offered boolean NOT NULL,
    due_days integer NOT NULL CONSTRAINT ck_invoice_settings_due_days CHECK (due_days BETWEEN 0 AND 365),
    remind_after_days jsonb NOT NULL,
    issuer text NOT NULL,
    foot text NOT NULL
);
CREATE TABLE invoices (
    invoice_id uuid CONSTRAINT pk_invoices PRIMARY KEY,
    kind text NOT NULL CONSTRAINT ck_invoices_kind CHECK (kind IN ('invoice', 'credit_note')),
    series text NOT NULL,
    year integer NOT NULL,
    number bigint NOT NULL,
    order_id uuid NOT NULL CONSTRAINT fk_invoices_order_id REFERENCES orders,
    customer_id uuid NOT NULL CONSTRAINT fk_invoices_customer_id REFERENCES person_registry,
    credit_of uuid CONSTRAINT fk_invoices_credit_of REFERENCES invoices,
    refund_id uuid CONSTRAINT fk_invoices_refund_id REFERENCES payment_refunds
        CONSTRAINT uq_invoices_refund_id UNIQUE,
    issued_on date NOT NULL,
    due_on date,
    currency text NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    total_minor bigint NOT NULL CONSTRAINT ck_invoices_total_minor CHECK (total_minor = net_minor + tax_minor),
    taxes jsonb NOT NULL,
    credited_minor bigint NOT NULL DEFAULT 0
        CONSTRAINT ck_invoices_credited_minor CHECK (credited_minor BETWEEN 0 AND greatest(total_minor, 0)),
    reason text NOT NULL DEFAULT '',
    billed_to_enc bytea,
    issuer text NOT NULL DEFAULT '',
    foot text NOT NULL DEFAULT '',
    reminded integer NOT NULL DEFAULT 0,
    issued_by uuid CONSTRAINT fk_invoices_issued_by REFERENCES person_registry,
    created_at timestamptz NOT NULL,
    CONSTRAINT uq_invoices_number UNIQUE (series, year, number),
    CONSTRAINT ck_invoices_credit CHECK ((kind = 'credit_note') = (credit_of IS NOT NULL))
);
CREATE UNIQUE INDEX uq_invoices_order_id ON invoices (order_id) WHERE kind = 'invoice';
CREATE INDEX ix_invoices_issued_on ON invoices (issued_on, invoice_id);
CREATE INDEX ix_invoices_due_on ON invoices (due_on, invoice_id) WHERE kind = 'invoice';
CREATE INDEX ix_invoices_customer_id ON invoices (customer_id, issued_on, invoice_id);
CREATE INDEX ix_invoices_total_minor ON invoices (total_minor, invoice_id);
CREATE INDEX ix_invoices_credit_of ON invoices (credit_of);
CREATE INDEX ix_invoices_issued_by ON invoices (issued_by);

-- A number that was given out stands: invoices are neither removed nor numbered anew.
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OF series, year, number, total_minor, net_minor, tax_minor, taxes,
    issued_on ON invoices FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON invoices FOR EACH ROW
    EXECUTE FUNCTION record_audit('invoice_id', '', 'billed_to_enc');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON invoice_settings FOR EACH ROW
    EXECUTE FUNCTION record_audit('settings_id', '', '');
"""

TABLES = (
    "invoices",
    "invoice_settings",
    "invoice_series",
    "payment_reconciliations",
    "payment_accounts",
    "payment_notifications",
    "payment_steps",
    "payment_refunds",
    "payments",
    "order_lines",
    "orders",
    "basket_lines",
    "product_taxes",
    "tax_rates",
)


def upgrade() -> None:
    for part in (TAXES, ORDERS, PAYMENTS, INVOICES):
        op.execute(part)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION check_payment_refund()")
    op.execute("ALTER TABLE receipts DROP COLUMN managed_at")
