"""When the shop is open.

Revision ID: 0192
Revises: 0232
"""

from alembic import op

revision = "0192"
down_revision = "0232"

HOURS = """
CREATE TABLE opening_spans (
    weekday smallint NOT NULL CONSTRAINT ck_opening_spans_weekday CHECK (weekday BETWEEN 0 AND 6),
    opens smallint NOT NULL,
    closes smallint NOT NULL,
    CONSTRAINT pk_opening_spans PRIMARY KEY (weekday, opens),
    CONSTRAINT ck_opening_spans_minutes CHECK (0 <= opens AND opens < closes AND closes <= 1440)
);
CREATE TABLE holidays (
    day date CONSTRAINT pk_holidays PRIMARY KEY,
    name text NOT NULL CONSTRAINT ck_holidays_name CHECK (length(name) BETWEEN 1 AND 80),
    opens smallint,
    closes smallint,
    CONSTRAINT ck_holidays_minutes CHECK ((opens IS NULL AND closes IS NULL)
        OR (0 <= opens AND opens < closes AND closes <= 1440))
);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON opening_spans FOR EACH ROW
    EXECUTE FUNCTION record_audit('weekday', '', '');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON holidays FOR EACH ROW
    EXECUTE FUNCTION record_audit('day', '', '');
"""


def upgrade() -> None:
    op.execute(HOURS)


def downgrade() -> None:
    op.execute("DROP TABLE holidays; DROP TABLE opening_spans")
