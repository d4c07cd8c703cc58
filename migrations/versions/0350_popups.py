"""Notices that show themselves, and a bell that a million of them reach in seconds.

What a row of `notices` costs to write is its indexes and the check of who it is for: of five, the two that answer
what pages ask are kept. A person's own notices are few and found by the first of them.

Revision ID: 0350
Revises: 0195
"""

from alembic import op

revision = "0350"
down_revision = "0195"

UP = """
ALTER TABLE notices
    DROP CONSTRAINT fk_notices_person_id,
    DROP CONSTRAINT pk_notices,
    DROP CONSTRAINT uq_notices_person_id,
    ADD CONSTRAINT pk_notices PRIMARY KEY (person_id, key),
    ALTER COLUMN notice_id SET DEFAULT uuidv7(),
    ADD COLUMN kind text NOT NULL DEFAULT 'letter' CONSTRAINT ck_notices_kind CHECK (kind IN ('letter', 'popup')),
    ADD COLUMN shows_from timestamptz,
    ADD COLUMN shows_until timestamptz,
    ADD COLUMN shown_at timestamptz,
    ADD COLUMN dismissed_at timestamptz;
DROP INDEX ix_notices_person_id;
DROP INDEX ix_notices_unread;
CREATE INDEX ix_notices_unread ON notices (person_id) WHERE read_at IS NULL AND kind = 'letter';
CREATE INDEX ix_notices_waiting ON notices (person_id) WHERE shown_at IS NULL AND kind = 'popup';
"""

DOWN = """
DELETE FROM notices n WHERE kind = 'popup' OR NOT EXISTS (
    SELECT FROM person_registry r WHERE r.person_id = n.person_id);
DROP INDEX ix_notices_waiting;
DROP INDEX ix_notices_unread;
ALTER TABLE notices
    ALTER COLUMN notice_id DROP DEFAULT, DROP COLUMN kind, DROP COLUMN shows_from, DROP COLUMN shows_until, DROP COLUMN shown_at, DROP COLUMN dismissed_at,
    DROP CONSTRAINT pk_notices,
    ADD CONSTRAINT pk_notices PRIMARY KEY (notice_id),
    ADD CONSTRAINT uq_notices_person_id UNIQUE (person_id, key),
    ADD CONSTRAINT fk_notices_person_id FOREIGN KEY (person_id) REFERENCES person_registry ON DELETE CASCADE;
CREATE INDEX ix_notices_person_id ON notices (person_id, created_at);
CREATE INDEX ix_notices_unread ON notices (person_id) WHERE read_at IS NULL;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
