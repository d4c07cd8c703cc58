"""Who suppressed an address and who let it go stands in the audit trail, as all that people decide.

Revision ID: 0345
Revises: 0340
"""

from alembic import op

revision = "0345"
down_revision = "0340"


def upgrade() -> None:
    op.execute(
        """
        CREATE TRIGGER audit AFTER INSERT OR DELETE ON reach_suppressions FOR EACH ROW
            EXECUTE FUNCTION record_audit('fingerprint', '', '')
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER audit ON reach_suppressions")
