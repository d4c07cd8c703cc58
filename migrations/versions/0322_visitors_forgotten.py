"""After how many days visitors whom nobody proved are forgotten.

Revision ID: 0322
Revises: 0321
"""

from alembic import op

revision = "0322"
down_revision = "0321"

TABLE = """
CREATE TABLE visitor_settings (
    only_one boolean CONSTRAINT pk_visitor_settings PRIMARY KEY DEFAULT true
        CONSTRAINT ck_visitor_settings_only_one CHECK (only_one),
    settings_id uuid NOT NULL,
    forget_after_days integer NOT NULL
        CONSTRAINT ck_visitor_settings_forget_after_days CHECK (forget_after_days BETWEEN 7 AND 3650)
);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON visitor_settings FOR EACH ROW
    EXECUTE FUNCTION record_audit('settings_id', '', '');
CREATE INDEX ix_visitors_not_proved ON visitors (created_at) WHERE became_id IS NULL AND erased_at IS NULL;
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("DROP INDEX ix_visitors_not_proved; DROP TABLE visitor_settings")
