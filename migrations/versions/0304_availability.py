"""When employees said they were available, busy or away.

Revision ID: 0304
Revises: 0331
"""

from alembic import op

revision = "0304"
down_revision = "0331"

# The rows are the history themselves, so no trail beside it.
AVAILABILITY = """
CREATE TABLE employee_availability (
    person_id uuid NOT NULL CONSTRAINT fk_employee_availability_person_id REFERENCES person_registry ON DELETE CASCADE,
    began_at timestamptz NOT NULL,
    ended_at timestamptz CONSTRAINT ck_employee_availability_ended_at CHECK (ended_at >= began_at),
    state text NOT NULL CONSTRAINT ck_employee_availability_state CHECK (state IN ('available', 'busy', 'away')),
    CONSTRAINT pk_employee_availability PRIMARY KEY (person_id, began_at)
);
CREATE UNIQUE INDEX uq_employee_availability_present ON employee_availability (person_id) WHERE ended_at IS NULL;
CREATE INDEX ix_employee_availability_began_at ON employee_availability (began_at);
"""


def upgrade() -> None:
    op.execute(AVAILABILITY)


def downgrade() -> None:
    op.execute("DROP TABLE employee_availability")
