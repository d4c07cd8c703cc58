"""Saved views of lists.

Revision ID: 0050
Revises: 0040
"""

from alembic import op

revision = "0050"
down_revision = "0040"

SAVED_VIEWS = """
CREATE TABLE saved_views (
    view_id uuid CONSTRAINT pk_saved_views PRIMARY KEY,
    list text NOT NULL,
    name text NOT NULL CONSTRAINT ck_saved_views_name CHECK (name <> ''),
    query text NOT NULL,
    owner_id uuid NOT NULL CONSTRAINT fk_saved_views_owner_id REFERENCES person_registry ON DELETE CASCADE,
    is_shared boolean NOT NULL DEFAULT false,
    is_pinned boolean NOT NULL DEFAULT false,
    is_default boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX ix_saved_views_owner_id ON saved_views (owner_id, list);
CREATE INDEX ix_saved_views_shared ON saved_views (list) WHERE is_shared;
CREATE UNIQUE INDEX uq_saved_views_name ON saved_views (owner_id, list, lower(name));
CREATE UNIQUE INDEX uq_saved_views_default ON saved_views (owner_id, list) WHERE is_default;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON saved_views FOR EACH ROW
    EXECUTE FUNCTION record_audit('view_id', '', '');
"""


def upgrade() -> None:
    op.execute(SAVED_VIEWS)


def downgrade() -> None:
    op.execute("DROP TABLE saved_views")
