"""How whoever imports a file knows what it says for others; the audit trail does not hold it.

Revision ID: 0400
Revises: 0391
"""

from alembic import op

revision = "0400"
down_revision = "0391"

AUDIT = """
DROP TRIGGER audit ON imports;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON imports FOR EACH ROW
    EXECUTE FUNCTION record_audit('import_id', '', '{left_out}');
"""


def upgrade() -> None:
    op.execute("ALTER TABLE imports ADD COLUMN source_text text NOT NULL DEFAULT ''")
    op.execute(AUDIT.format(left_out="report,reasons,header,source_text"))


def downgrade() -> None:
    op.execute(AUDIT.format(left_out="report,reasons,header"))
    op.execute("ALTER TABLE imports DROP COLUMN source_text")
