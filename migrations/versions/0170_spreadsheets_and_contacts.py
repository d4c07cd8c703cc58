"""Spreadsheets and address books, how an import finds who is known, and rows that wait to be mended.

Revision ID: 0170
Revises: 0140
"""

from alembic import op

revision = "0170"
down_revision = "0140"

COLUMNS = """
ALTER TABLE imports
    ADD COLUMN format text NOT NULL DEFAULT 'csv' CONSTRAINT ck_imports_format CHECK (format IN ('csv', 'xlsx', 'vcard')),
    ADD COLUMN sheets jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN sheet text NOT NULL DEFAULT '',
    ADD COLUMN address_book text NOT NULL DEFAULT '',
    ADD COLUMN fingerprint text NOT NULL DEFAULT '',
    ADD COLUMN match text NOT NULL DEFAULT '',
    ADD COLUMN mode text NOT NULL DEFAULT 'both' CONSTRAINT ck_imports_mode CHECK (mode IN ('both', 'create', 'update')),
    ADD COLUMN change_set_id uuid;
CREATE INDEX ix_imports_fingerprint ON imports (fingerprint, created_at);
ALTER TABLE import_rows
    ADD COLUMN field text,
    ADD COLUMN cells jsonb,
    ADD COLUMN is_mended boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT ck_import_rows_outcome,
    ADD CONSTRAINT ck_import_rows_outcome
        CHECK (outcome IN ('pending', 'created', 'linked', 'updated', 'unchanged', 'skipped', 'rejected'));
CREATE INDEX ix_import_rows_cells ON import_rows (import_id, line) WHERE cells IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(COLUMNS)


def downgrade() -> None:
    op.execute(
        """
        DROP INDEX ix_import_rows_cells;
        UPDATE import_rows SET outcome = 'rejected' WHERE outcome = 'skipped';
        ALTER TABLE import_rows DROP COLUMN field, DROP COLUMN cells, DROP COLUMN is_mended,
            DROP CONSTRAINT ck_import_rows_outcome,
            ADD CONSTRAINT ck_import_rows_outcome
                CHECK (outcome IN ('pending', 'created', 'linked', 'updated', 'unchanged', 'rejected'));
        DROP INDEX ix_imports_fingerprint;
        ALTER TABLE imports DROP COLUMN format, DROP COLUMN sheets, DROP COLUMN sheet, DROP COLUMN address_book,
            DROP COLUMN fingerprint, DROP COLUMN match, DROP COLUMN mode, DROP COLUMN change_set_id;
        """
    )
