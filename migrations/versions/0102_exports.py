"""Exports: files made of lists, in pieces.

Revision ID: 0102
Revises: 0131
"""

from alembic import op

revision = "0102"
down_revision = "0131"

EXPORTS = """
CREATE TABLE exports (
    export_id uuid CONSTRAINT pk_exports PRIMARY KEY,
    list text NOT NULL,
    query text NOT NULL,
    ids jsonb NOT NULL,
    format text NOT NULL CONSTRAINT ck_exports_format CHECK (format IN ('csv', 'xlsx')),
    columns jsonb NOT NULL,
    state text NOT NULL CONSTRAINT ck_exports_state CHECK (state IN ('queued', 'done', 'failed')),
    problem text NOT NULL DEFAULT '',
    row_count integer NOT NULL DEFAULT 0,
    size_bytes bigint NOT NULL DEFAULT 0,
    asked_by jsonb NOT NULL,
    actor_id uuid,
    job_id uuid,
    created_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX ix_exports_created_at ON exports (created_at);
CREATE INDEX ix_exports_actor_id ON exports (actor_id, created_at);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON exports
    FOR EACH ROW EXECUTE FUNCTION record_audit('export_id', '', 'asked_by,query,ids');

CREATE TABLE export_chunks (
    export_id uuid NOT NULL CONSTRAINT fk_export_chunks_export_id REFERENCES exports ON DELETE CASCADE,
    position integer NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT pk_export_chunks PRIMARY KEY (export_id, position)
);
ALTER TABLE export_chunks ALTER COLUMN content SET STORAGE EXTERNAL;
"""


def upgrade() -> None:
    op.execute(EXPORTS)


def downgrade() -> None:
    op.execute("DROP TABLE export_chunks")
    op.execute("DROP TABLE exports")
