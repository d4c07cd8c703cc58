"""Copies of what is kept about a customer, and who asked for them.

Revision ID: 0181
Revises: 0121
"""

from alembic import op

revision = "0181"
down_revision = "0121"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE disclosures (
            disclosure_id uuid CONSTRAINT pk_disclosures PRIMARY KEY,
            person_id uuid NOT NULL
                CONSTRAINT fk_disclosures_person_id REFERENCES person_registry ON DELETE CASCADE,
            asked_by uuid CONSTRAINT fk_disclosures_asked_by REFERENCES person_registry ON DELETE SET NULL,
            asked_at timestamptz NOT NULL,
            made_at timestamptz,
            kept_until timestamptz,
            content bytea
        );
        CREATE INDEX ix_disclosures_person_id ON disclosures (person_id, asked_at);
        CREATE INDEX ix_disclosures_asked_by ON disclosures (asked_by);
        CREATE INDEX ix_disclosures_kept_until ON disclosures (kept_until) WHERE content IS NOT NULL;
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE disclosures")
