"""A secret address for each person's calendar.

Revision ID: 0162
Revises: 0130
"""

from alembic import op

revision = "0162"
down_revision = "0130"

CALENDAR_FEEDS = """
CREATE TABLE calendar_feeds (
    person_id uuid CONSTRAINT pk_calendar_feeds PRIMARY KEY
        CONSTRAINT fk_calendar_feeds_person_id REFERENCES person_registry ON DELETE CASCADE,
    token_hash bytea NOT NULL CONSTRAINT uq_calendar_feeds_token_hash UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    read_at timestamptz
);
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF token_hash ON calendar_feeds
    FOR EACH ROW EXECUTE FUNCTION record_audit('person_id', '', 'token_hash');
"""


def upgrade() -> None:
    op.execute(CALENDAR_FEEDS)


def downgrade() -> None:
    op.execute("DROP TABLE calendar_feeds")
