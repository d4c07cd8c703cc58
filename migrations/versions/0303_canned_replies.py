"""What employees say often, under short names.

Revision ID: 0303
Revises: 0302
"""

from alembic import op

from migrations.undo import keep_changes

revision = "0303"
down_revision = "0302"

# A name is there once for each who would be offered it twice: a person, a team, everyone.
REPLIES = """
CREATE TABLE canned_replies (
    reply_id uuid CONSTRAINT pk_canned_replies PRIMARY KEY,
    name text NOT NULL CONSTRAINT ck_canned_replies_name CHECK (length(name) BETWEEN 1 AND 40),
    body text NOT NULL CONSTRAINT ck_canned_replies_body CHECK (length(body) BETWEEN 1 AND 10000),
    audience text NOT NULL CONSTRAINT ck_canned_replies_audience CHECK (audience IN ('own', 'team', 'everyone')),
    department text NOT NULL DEFAULT '',
    owner_id uuid CONSTRAINT fk_canned_replies_owner_id REFERENCES person_registry ON DELETE SET NULL,
    uses integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX uq_canned_replies_name
    ON canned_replies (fold(name), audience, department, (CASE audience WHEN 'own' THEN owner_id END)) NULLS NOT DISTINCT;
CREATE INDEX ix_canned_replies_owner_id ON canned_replies (owner_id);
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF name, body, audience, department, owner_id
    ON canned_replies FOR EACH ROW EXECUTE FUNCTION record_audit('reply_id', '', '');
"""


def upgrade() -> None:
    op.execute(REPLIES)
    keep_changes("canned_replies", "reply_id", ignore=("version", "uses"))


def downgrade() -> None:
    op.execute("DROP TABLE canned_replies")
