"""Files of records of any kind.

Revision ID: 0131
Revises: 0163
"""

from alembic import op

from migrations.undo import keep_changes

revision = "0131"
down_revision = "0163"

FILES = """
CREATE TABLE file_contents (
    stored_as text CONSTRAINT pk_file_contents PRIMARY KEY
        CONSTRAINT ck_file_contents_stored_as CHECK (stored_as ~ '^[0-9a-f]{32}$'),
    record_kind text NOT NULL,
    record_id uuid NOT NULL,
    size_bytes bigint NOT NULL,
    has_preview boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    dropped_at timestamptz
);
CREATE INDEX ix_file_contents_record_id ON file_contents (record_id, record_kind);
CREATE INDEX ix_file_contents_dropped_at ON file_contents (dropped_at) WHERE dropped_at IS NOT NULL;

CREATE TABLE files (
    file_id uuid CONSTRAINT pk_files PRIMARY KEY,
    record_kind text NOT NULL,
    record_id uuid NOT NULL,
    name text NOT NULL CONSTRAINT ck_files_name CHECK (name <> '' AND name !~ '[/\\\\]'),
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 text NOT NULL,
    stored_as text NOT NULL CONSTRAINT fk_files_stored_as REFERENCES file_contents,
    added_by uuid CONSTRAINT fk_files_added_by REFERENCES person_registry ON DELETE SET NULL,
    added_by_name text NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX ix_files_record_id ON files (record_id, record_kind, added_at);
CREATE INDEX ix_files_stored_as ON files (stored_as);
CREATE INDEX ix_files_added_by ON files (added_by);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON files FOR EACH ROW
    EXECUTE FUNCTION record_audit('file_id', 'name', 'stored_as');
"""


def upgrade() -> None:
    op.execute(FILES)
    keep_changes("files", "file_id", about="record_kind:record_id")


def downgrade() -> None:
    op.execute("DROP TABLE files")
    op.execute("DROP TABLE file_contents")
