"""Segments, who is in them, and who came and went.

Revision ID: 0060
Revises: 0050
"""

from alembic import op

revision = "0060"
down_revision = "0050"

SEGMENTS = """
CREATE TABLE segments (
    segment_id uuid CONSTRAINT pk_segments PRIMARY KEY,
    name text NOT NULL CONSTRAINT ck_segments_name CHECK (name <> ''),
    mode text NOT NULL CONSTRAINT ck_segments_mode CHECK (mode IN ('dynamic', 'static')),
    tree jsonb NOT NULL,
    uses uuid[] NOT NULL DEFAULT '{}',
    member_count integer NOT NULL DEFAULT 0,
    refreshed_at timestamptz,
    refresh_ms integer,
    problem text NOT NULL DEFAULT '',
    created_by uuid CONSTRAINT fk_segments_created_by REFERENCES person_registry ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX uq_segments_name ON segments (lower(name));
CREATE INDEX ix_segments_uses ON segments USING gin (uses);
CREATE INDEX ix_segments_created_by ON segments (created_by);
-- Not of what a refresh writes: that time passed is no change anybody made.
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF name, mode, tree ON segments
    FOR EACH ROW EXECUTE FUNCTION record_audit('segment_id', '', '');

CREATE TABLE segment_members (
    segment_id uuid NOT NULL CONSTRAINT fk_segment_members_segment_id REFERENCES segments ON DELETE CASCADE,
    person_id uuid NOT NULL CONSTRAINT fk_segment_members_person_id REFERENCES person_registry ON DELETE CASCADE,
    entered_at timestamptz NOT NULL,
    CONSTRAINT pk_segment_members PRIMARY KEY (segment_id, person_id)
);
CREATE INDEX ix_segment_members_person_id ON segment_members (person_id);

CREATE TABLE segment_changes (
    change_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_segment_changes PRIMARY KEY,
    segment_id uuid NOT NULL CONSTRAINT fk_segment_changes_segment_id REFERENCES segments ON DELETE CASCADE,
    person_id uuid NOT NULL CONSTRAINT fk_segment_changes_person_id REFERENCES person_registry ON DELETE CASCADE,
    kind text NOT NULL CONSTRAINT ck_segment_changes_kind CHECK (kind IN ('entered', 'left')),
    at timestamptz NOT NULL
);
CREATE INDEX ix_segment_changes_segment_id ON segment_changes (segment_id, change_id);
CREATE INDEX ix_segment_changes_person_id ON segment_changes (person_id);
"""


def upgrade() -> None:
    op.execute(SEGMENTS)


def downgrade() -> None:
    for table in ("segment_changes", "segment_members", "segments"):
        op.execute(f"DROP TABLE {table}")
