"""Phone numbers found by their last digits.

Revision ID: 0180
Revises: 0161
"""

from alembic import op

revision = "0180"
down_revision = "0161"

TABLES = ("people", "customers", "employees")
HIDDEN = "phone_enc,phone_index,address_enc,password_hash"
AUDIT = """
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW
    EXECUTE FUNCTION record_audit('person_id', 'first_name,last_name,email,reference', '{hidden}')
"""


def upgrade() -> None:
    op.execute("ALTER TABLE people ADD COLUMN phone_endings bytea[]")
    for table in TABLES:
        op.execute(f"CREATE INDEX ix_{table}_phone_endings ON {table} USING gin (phone_endings)")
        op.execute(AUDIT.format(table=table, hidden=f"{HIDDEN},phone_endings"))


def downgrade() -> None:
    for table in TABLES:
        op.execute(AUDIT.format(table=table, hidden=HIDDEN))
    op.execute("ALTER TABLE people DROP COLUMN phone_endings")
