"""Where a visitor is now and how they proved who they are; what they say of themselves is kept apart in the trail.

Revision ID: 0321
Revises: 0311
"""

from alembic import op

revision = "0321"
down_revision = "0311"

COLUMNS = """
ALTER TABLE visitors
    ADD COLUMN page_now text NOT NULL DEFAULT '',
    ADD COLUMN page_now_title text NOT NULL DEFAULT '',
    ADD COLUMN proof text NOT NULL DEFAULT 'none'
        CONSTRAINT ck_visitors_proof CHECK (proof IN ('none', 'signed', 'code', 'link')),
    ADD COLUMN proved_at timestamptz;
"""

# A statement on the parent fires the parent's triggers alone, so the children and it have the same.
PEOPLE = ("people", "customers", "employees", "visitors")
ROWS = {"insert": "NEW TABLE AS new_rows", "delete": "OLD TABLE AS old_rows"}
ROWS["update"] = f"{ROWS['delete']} {ROWS['insert']}"
PERSONAL = "first_name,last_name,email,reference,custom"
SAID = "claimed_email,page,page_title,page_now,page_now_title"
HIDDEN = "phone_enc,phone_index,address_enc,password_hash,phone_endings"


def keep_apart(personal: str) -> None:
    """Let the trail keep these columns of people where they can be forgotten."""
    for table in PEOPLE:
        for action, rows in ROWS.items():
            op.execute(f"DROP TRIGGER audit_{action} ON {table}")
            op.execute(
                f"CREATE TRIGGER audit_{action} AFTER {action.upper()} ON {table} REFERENCING {rows} FOR EACH STATEMENT"
                f" EXECUTE FUNCTION record_audit_of_statement('person_id', '{personal}', '{HIDDEN}')"
            )


def upgrade() -> None:
    op.execute(COLUMNS)
    keep_apart(f"{PERSONAL},{SAID}")


def downgrade() -> None:
    keep_apart(PERSONAL)
    op.execute(
        "ALTER TABLE visitors DROP COLUMN page_now, DROP COLUMN page_now_title, DROP COLUMN proof, DROP COLUMN proved_at"
    )
