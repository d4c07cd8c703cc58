"""Each line of a quote has its own tax.

Revision ID: 0212
Revises: 0191
"""

from alembic import op

revision = "0212"
down_revision = "0191"

LINES = """
ALTER TABLE quote_lines
    ADD COLUMN tax_name text NOT NULL DEFAULT '',
    ADD COLUMN tax_share numeric(5, 4) NOT NULL DEFAULT 0
        CONSTRAINT ck_quote_lines_tax_share CHECK (tax_share BETWEEN 0 AND 1),
    ADD COLUMN tax_minor bigint NOT NULL DEFAULT 0
        CONSTRAINT ck_quote_lines_tax_minor CHECK (tax_minor BETWEEN 0 AND amount_minor);
UPDATE quote_lines l SET tax_name = 'Tax', tax_share = q.tax_share,
    tax_minor = round(l.amount_minor * q.tax_share / (1 + q.tax_share))
FROM quotes q WHERE q.quote_id = l.quote_id AND q.tax_share > 0;
ALTER TABLE quotes DROP COLUMN tax_share;
"""


def upgrade() -> None:
    op.execute(LINES)


def downgrade() -> None:
    op.execute(
        "ALTER TABLE quotes ADD COLUMN tax_share numeric(5, 4) NOT NULL DEFAULT 0"
        " CONSTRAINT ck_quotes_tax_share CHECK (tax_share BETWEEN 0 AND 1)"
    )
    for column in ("tax_minor", "tax_share", "tax_name"):
        op.execute(f"ALTER TABLE quote_lines DROP COLUMN {column}")
