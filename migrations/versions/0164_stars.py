"""Stars on records.

Revision ID: 0164
Revises: 0144
"""

from alembic import op

revision = "0164"
down_revision = "0144"

STARS = """
CREATE TABLE stars (
    person_id uuid NOT NULL CONSTRAINT fk_stars_person_id REFERENCES person_registry ON DELETE CASCADE,
    record_kind text NOT NULL,
    record_id uuid NOT NULL,
    starred_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_stars PRIMARY KEY (person_id, record_kind, record_id)
);
CREATE INDEX ix_stars_starred_at ON stars (person_id, starred_at);
"""


def upgrade() -> None:
    op.execute(STARS)


def downgrade() -> None:
    op.execute("DROP TABLE stars")
