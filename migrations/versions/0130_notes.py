"""Notes about records of any kind.

Revision ID: 0130
Revises: 0110
"""

from alembic import op

from migrations.undo import keep_changes

revision = "0130"
down_revision = "0110"

NOTES = """
CREATE TABLE notes (
    note_id uuid CONSTRAINT pk_notes PRIMARY KEY,
    record_kind text NOT NULL,
    record_id uuid NOT NULL,
    author_id uuid CONSTRAINT fk_notes_author_id REFERENCES person_registry ON DELETE SET NULL,
    author_name text NOT NULL,
    body text NOT NULL CONSTRAINT ck_notes_body CHECK (body <> ''),
    handles jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT now(),
    edited_at timestamptz,
    pinned_at timestamptz,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX ix_notes_record_id ON notes (record_id, record_kind, created_at);
CREATE INDEX ix_notes_author_id ON notes (author_id);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON notes FOR EACH ROW
    EXECUTE FUNCTION record_audit('note_id', 'body', '');
"""


def upgrade() -> None:
    op.execute(NOTES)
    keep_changes("notes", "note_id", about="record_kind:record_id")


def downgrade() -> None:
    op.execute("DROP TABLE notes")
