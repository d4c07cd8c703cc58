"""Codes for what people type, and bands for what is measured.

Revision ID: 0091
Revises: 0090
"""

from alembic import op

revision = "0091"
down_revision = "0090"

CODES = """
CREATE TABLE codes (
    field text NOT NULL,
    key text NOT NULL CONSTRAINT ck_codes_key CHECK (key <> ''),
    label text NOT NULL CONSTRAINT ck_codes_label CHECK (label <> ''),
    CONSTRAINT pk_codes PRIMARY KEY (field, key)
);
CREATE UNIQUE INDEX uq_codes_label ON codes (field, fold(label));

CREATE TABLE code_rules (
    rule_id uuid CONSTRAINT pk_code_rules PRIMARY KEY,
    field text NOT NULL,
    code text NOT NULL,
    how text NOT NULL CONSTRAINT ck_code_rules_how CHECK (how IN ('exact', 'contains')),
    text text NOT NULL CONSTRAINT ck_code_rules_text CHECK (fold(text) <> ''),
    CONSTRAINT fk_code_rules_field FOREIGN KEY (field, code) REFERENCES codes ON DELETE CASCADE
);
CREATE UNIQUE INDEX uq_code_rules_text ON code_rules (field, how, fold(text));
CREATE INDEX ix_code_rules_field ON code_rules (field, code);

CREATE TABLE code_values (
    field text NOT NULL,
    value text NOT NULL CONSTRAINT ck_code_values_value CHECK (length(value) <= 500),
    code text,
    is_judged boolean NOT NULL DEFAULT false,
    CONSTRAINT pk_code_values PRIMARY KEY (field, value)
);
CREATE INDEX ix_code_values_new ON code_values (field) WHERE NOT is_judged;

CREATE TABLE bands (
    field text NOT NULL,
    key text NOT NULL,
    floor bigint NOT NULL,
    label text NOT NULL CONSTRAINT ck_bands_label CHECK (label <> ''),
    CONSTRAINT pk_bands PRIMARY KEY (field, key),
    CONSTRAINT uq_bands_floor UNIQUE (field, floor)
);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON codes
    FOR EACH ROW EXECUTE FUNCTION record_audit('key', '', '');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON code_rules
    FOR EACH ROW EXECUTE FUNCTION record_audit('rule_id', '', '');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON bands
    FOR EACH ROW EXECUTE FUNCTION record_audit('key', '', '');

-- A register of the different texts of coded fields, whichever way they were written. What code they get is not decided here.
CREATE FUNCTION learn_value() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    typed text := to_jsonb(NEW) ->> TG_ARGV[1];
BEGIN
    IF length(typed) <= 500 AND NOT EXISTS (SELECT FROM code_values WHERE field = TG_ARGV[0] AND value = typed) THEN
        INSERT INTO code_values (field, value) VALUES (TG_ARGV[0], typed) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
"""

CODED = (
    ("customer.source", "customers", "source"),
    ("employee.position", "employees", "position"),
    ("refund.reason", "receipts", "reason"),
    ("conversation.topic", "comm_channels", "topic"),
)


def upgrade() -> None:
    op.execute(CODES)
    for field, table, column in CODED:
        op.execute(
            f"CREATE TRIGGER learn_{column} AFTER INSERT OR UPDATE OF {column} ON {table} FOR EACH ROW"
            f" WHEN (NEW.{column} <> '') EXECUTE FUNCTION learn_value('{field}', '{column}')"
        )
        op.execute(
            f"INSERT INTO code_values (field, value) SELECT DISTINCT '{field}', {column} FROM {table}"
            f" WHERE {column} <> '' AND length({column}) <= 500"
        )


def downgrade() -> None:
    for _field, table, column in CODED:
        op.execute(f"DROP TRIGGER learn_{column} ON {table}")
    op.execute("DROP FUNCTION learn_value()")
    for table in ("bands", "code_values", "code_rules", "codes"):
        op.execute(f"DROP TABLE {table}")
