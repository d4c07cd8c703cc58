"""Customers who may be the same person, and merges with what each moved.

Revision ID: 0171
Revises: 0143
"""

from alembic import op

revision = "0171"
down_revision = "0143"

# Who may be the same; the smaller id first. "different" remembers what somebody decided.
TABLES = """
CREATE TABLE duplicate_pairs (
    first_id uuid NOT NULL CONSTRAINT fk_duplicate_pairs_first_id REFERENCES person_registry ON DELETE CASCADE,
    second_id uuid NOT NULL CONSTRAINT fk_duplicate_pairs_second_id REFERENCES person_registry ON DELETE CASCADE,
    score integer NOT NULL,
    reasons jsonb NOT NULL,
    state text NOT NULL DEFAULT 'open' CONSTRAINT ck_duplicate_pairs_state CHECK (state IN ('open', 'different')),
    found_at timestamptz NOT NULL,
    decided_by uuid CONSTRAINT fk_duplicate_pairs_decided_by REFERENCES person_registry ON DELETE SET NULL,
    decided_at timestamptz,
    CONSTRAINT pk_duplicate_pairs PRIMARY KEY (first_id, second_id),
    CONSTRAINT ck_duplicate_pairs_order CHECK (first_id < second_id)
);
CREATE INDEX ix_duplicate_pairs_score ON duplicate_pairs (score, first_id, second_id) WHERE state = 'open';
CREATE INDEX ix_duplicate_pairs_second_id ON duplicate_pairs (second_id);

-- Not by foreign key: who lost is gone from the registry, and the record of a merge outlives its winner.
CREATE TABLE merges (
    merge_id uuid CONSTRAINT pk_merges PRIMARY KEY,
    winner_id uuid NOT NULL,
    actor_id uuid,
    at timestamptz NOT NULL,
    before jsonb,
    after jsonb,
    undone_at timestamptz,
    undone_by uuid,
    kept jsonb NOT NULL DEFAULT '[]'
);
CREATE INDEX ix_merges_at ON merges (at, merge_id);
CREATE INDEX ix_merges_winner_id ON merges (winner_id);
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON merges FOR EACH ROW
    EXECUTE FUNCTION record_audit('merge_id', '', 'before,after,kept');

CREATE TABLE merged_people (
    merge_id uuid NOT NULL CONSTRAINT fk_merged_people_merge_id REFERENCES merges ON DELETE CASCADE,
    loser_id uuid NOT NULL,
    content jsonb,
    CONSTRAINT pk_merged_people PRIMARY KEY (merge_id, loser_id)
);
CREATE INDEX ix_merged_people_loser_id ON merged_people (loser_id);

-- A row that went to the winner, by its key; or, where the winner had its like, all that stood in it.
CREATE TABLE merge_moves (
    merge_id uuid NOT NULL CONSTRAINT fk_merge_moves_merge_id REFERENCES merges ON DELETE CASCADE,
    move_id bigint GENERATED ALWAYS AS IDENTITY,
    table_name text NOT NULL,
    column_name text NOT NULL,
    loser_id uuid NOT NULL,
    row_key jsonb NOT NULL,
    content jsonb,
    CONSTRAINT pk_merge_moves PRIMARY KEY (merge_id, move_id)
);
"""

# The same mailbox, however it is written: a tag behind "+" leads to it, and Google does not see dots.
MAILBOX = """
CREATE FUNCTION mailbox_of(email text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN CASE
        WHEN lower(split_part(email, '@', 2)) IN ('gmail.com', 'googlemail.com')
        THEN replace(split_part(split_part(lower(email), '@', 1), '+', 1), '.', '') || '@gmail.com'
        ELSE split_part(split_part(lower(email), '@', 1), '+', 1) || '@' || split_part(lower(email), '@', 2)
    END;
CREATE INDEX ix_customers_mailbox ON customers (mailbox_of(email));
"""

# What is written once stays as it is; but whose it is may follow a merge, and nothing else with it.
FOLLOW = """
CREATE FUNCTION refuse_change_but_whose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('app.merge_id', true) <> ''
        AND to_jsonb(NEW) - TG_ARGV[0] = to_jsonb(OLD) - TG_ARGV[0] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is written once and never changed', TG_TABLE_NAME;
END $$;
DROP TRIGGER append_only ON transactions;
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON transactions FOR EACH ROW
    EXECUTE FUNCTION refuse_change_but_whose('customer_id');
DROP TRIGGER append_only ON events;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON events FOR EACH ROW
    EXECUTE FUNCTION refuse_change_but_whose('subject_id');
"""


def upgrade() -> None:
    for statements in (TABLES, MAILBOX, FOLLOW):
        op.execute(statements)


def downgrade() -> None:
    for table in ("transactions", "events"):
        op.execute(f"DROP TRIGGER append_only ON {table}")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"
            " EXECUTE FUNCTION refuse_change()"
        )
    op.execute("DROP FUNCTION refuse_change_but_whose()")
    for table in ("merge_moves", "merged_people", "merges", "duplicate_pairs"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP INDEX ix_customers_mailbox")
    op.execute("DROP FUNCTION mailbox_of(text)")
