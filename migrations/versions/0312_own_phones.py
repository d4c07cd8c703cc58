"""What employees want when the phone rings.

Revision ID: 0312
Revises: 0324
"""

from alembic import op

revision = "0312"
down_revision = "0324"

# One's own taste, and not what anybody decides by: no trail.
CHOICES = """
CREATE TABLE ringing_choices (
    person_id uuid CONSTRAINT pk_ringing_choices PRIMARY KEY
        CONSTRAINT fk_ringing_choices_person_id REFERENCES person_registry ON DELETE CASCADE,
    opens_customer boolean NOT NULL
)
"""


def upgrade() -> None:
    op.execute(CHOICES)


def downgrade() -> None:
    op.execute("DROP TABLE ringing_choices")
