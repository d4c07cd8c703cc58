"""Sales between the file and the books; an imported invoice is in the books once.

Revision ID: 0031
Revises: 0030
"""

from alembic import op

revision = "0031"
down_revision = "0030"

STAGED = """
CREATE UNLOGGED TABLE staged_receipts (
    import_id uuid NOT NULL CONSTRAINT fk_staged_receipts_import_id REFERENCES imports ON DELETE CASCADE,
    ordinal integer NOT NULL,
    receipt_id uuid NOT NULL,
    reference text NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    customer text NOT NULL,
    country text NOT NULL,
    is_new boolean NOT NULL,
    CONSTRAINT pk_staged_receipts PRIMARY KEY (import_id, ordinal)
);
CREATE UNLOGGED TABLE staged_lines (
    import_id uuid NOT NULL,
    line integer NOT NULL,
    ordinal integer NOT NULL,
    position integer NOT NULL,
    transaction_id uuid NOT NULL,
    sku text NOT NULL,
    description text NOT NULL,
    quantity integer NOT NULL,
    price numeric(20, 4) NOT NULL,
    amount_minor bigint NOT NULL,
    refund_of uuid,
    refund_of_at timestamptz,
    refund_of_receipt uuid,
    outcome text,
    reason text,
    about_id uuid,
    CONSTRAINT pk_staged_lines PRIMARY KEY (import_id, line)
);
CREATE INDEX ix_staged_lines_ordinal ON staged_lines (import_id, ordinal);

CREATE UNIQUE INDEX uq_receipts_imported ON receipts (source_reference, kind) WHERE source = 'import';
"""


def upgrade() -> None:
    op.execute(STAGED)


def downgrade() -> None:
    op.execute("DROP INDEX uq_receipts_imported")
    for table in ("staged_lines", "staged_receipts"):
        op.execute(f"DROP TABLE {table}")
