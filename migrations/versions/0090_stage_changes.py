"""Every change of a customer's stage: when, and by whom.

Revision ID: 0090
Revises: 0080
"""

from alembic import op

revision = "0090"
down_revision = "0080"

# Kept by the database, as the audit trail is: whichever way a customer is written, no step is lost.
STAGE_CHANGES = """
CREATE TABLE stage_changes (
    change_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_stage_changes PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT fk_stage_changes_person_id REFERENCES person_registry ON DELETE CASCADE
        DEFERRABLE INITIALLY DEFERRED,
    before text,
    after text NOT NULL,
    at timestamptz NOT NULL,
    actor_id uuid CONSTRAINT fk_stage_changes_actor_id REFERENCES person_registry ON DELETE SET NULL
);
INSERT INTO stage_changes (person_id, after, at) SELECT person_id, stage, created_at FROM customers ORDER BY created_at;
CREATE INDEX ix_stage_changes_person_id ON stage_changes (person_id, at);
CREATE INDEX ix_stage_changes_at ON stage_changes (at, after, person_id);
CREATE INDEX ix_stage_changes_actor_id ON stage_changes (actor_id);

CREATE FUNCTION record_stage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stage_changes (person_id, before, after, at, actor_id)
    VALUES (NEW.person_id, OLD.stage, NEW.stage,
            CASE TG_OP WHEN 'INSERT' THEN NEW.created_at ELSE clock_timestamp() END,
            nullif(current_setting('app.actor_id', true), '')::uuid);
    RETURN NULL;
END $$;
CREATE TRIGGER record_first_stage AFTER INSERT ON customers FOR EACH ROW EXECUTE FUNCTION record_stage();
CREATE TRIGGER record_stage AFTER UPDATE OF stage ON customers FOR EACH ROW
    WHEN (OLD.stage <> NEW.stage) EXECUTE FUNCTION record_stage();
"""


def upgrade() -> None:
    op.execute(STAGE_CHANGES)


def downgrade() -> None:
    op.execute("DROP TRIGGER record_stage ON customers")
    op.execute("DROP TRIGGER record_first_stage ON customers")
    op.execute("DROP FUNCTION record_stage()")
    op.execute("DROP TABLE stage_changes")
