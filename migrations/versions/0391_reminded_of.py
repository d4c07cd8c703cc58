"""A touch task may remind of an invoice: its messages say how much of it is owed as they go.

Revision ID: 0391
Revises: 0390
"""

from alembic import op

revision = "0391"
down_revision = "0390"


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE crm_user_touch_task ADD COLUMN invoice_id uuid
            CONSTRAINT fk_crm_user_touch_task_invoice_id REFERENCES invoices;
        CREATE INDEX ix_crm_user_touch_task_invoice_id ON crm_user_touch_task (invoice_id)
            WHERE invoice_id IS NOT NULL;
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE crm_user_touch_task DROP COLUMN invoice_id")
