"""Uploaded files, and what became of each of their rows.

Revision ID: 0030
Revises: 0006
"""

from alembic import op

revision = "0030"
down_revision = "0006"

IMPORTS = """
CREATE TABLE imports (
    import_id uuid CONSTRAINT pk_imports PRIMARY KEY,
    kind text NOT NULL,
    file_name text NOT NULL,
    size_bytes bigint NOT NULL,
    line_count integer NOT NULL,
    state text NOT NULL CONSTRAINT ck_imports_state
        CHECK (state IN ('uploaded', 'queued', 'running', 'done', 'failed', 'cancelled', 'forgotten')),
    encoding text NOT NULL,
    delimiter text NOT NULL,
    date_order text NOT NULL CONSTRAINT ck_imports_date_order CHECK (date_order IN ('day', 'month', 'year')),
    reasons jsonb NOT NULL,
    header jsonb NOT NULL,
    mapping jsonb NOT NULL,
    is_dry_run boolean NOT NULL DEFAULT false,
    is_staged boolean NOT NULL DEFAULT false,
    job_id uuid,
    problem text,
    report jsonb,
    created_by uuid CONSTRAINT fk_imports_created_by REFERENCES person_registry ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX ix_imports_created_at ON imports (created_at, import_id);
CREATE INDEX ix_imports_created_by ON imports (created_by, created_at);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON imports FOR EACH ROW
    EXECUTE FUNCTION record_audit('import_id', '', 'report,reasons,header');

CREATE TABLE import_chunks (
    import_id uuid NOT NULL CONSTRAINT fk_import_chunks_import_id REFERENCES imports ON DELETE CASCADE,
    position integer NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT pk_import_chunks PRIMARY KEY (import_id, position)
);

CREATE TABLE import_rows (
    import_id uuid NOT NULL CONSTRAINT fk_import_rows_import_id REFERENCES imports ON DELETE CASCADE,
    line integer NOT NULL,
    outcome text NOT NULL CONSTRAINT ck_import_rows_outcome
        CHECK (outcome IN ('pending', 'created', 'linked', 'updated', 'unchanged', 'rejected')),
    reason text NOT NULL DEFAULT '',
    about_id uuid,
    "values" jsonb,
    CONSTRAINT pk_import_rows PRIMARY KEY (import_id, line)
) WITH (fillfactor = 60); -- each row is updated once, in place: no index mentions what changes
"""


def upgrade() -> None:
    op.execute(IMPORTS)


def downgrade() -> None:
    for table in ("import_rows", "import_chunks", "imports"):
        op.execute(f"DROP TABLE {table}")
