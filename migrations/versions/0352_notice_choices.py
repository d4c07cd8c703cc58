"""By which ways people want to hear of what.

Revision ID: 0352
Revises: 0345
"""

from alembic import op

revision = "0352"
down_revision = "0345"

TABLE = """
CREATE TABLE notice_choices (
    person_id uuid NOT NULL CONSTRAINT fk_notice_choices_person_id REFERENCES person_registry ON DELETE CASCADE,
    topic text NOT NULL,
    bell boolean NOT NULL,
    mail boolean NOT NULL,
    push boolean NOT NULL,
    CONSTRAINT pk_notice_choices PRIMARY KEY (person_id, topic)
);
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("DROP TABLE notice_choices")
