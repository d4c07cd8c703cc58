"""Tags on records of any kind.

Revision ID: 0120
Revises: 0092
"""

from alembic import op

revision = "0120"
down_revision = "0092"

TAGS = """
CREATE TABLE tags (
    tag_id uuid CONSTRAINT pk_tags PRIMARY KEY,
    name text NOT NULL CONSTRAINT ck_tags_name CHECK (fold(name) <> '' AND length(name) <= 60),
    colour integer NOT NULL DEFAULT 0 CONSTRAINT ck_tags_colour CHECK (colour BETWEEN 0 AND 11),
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX uq_tags_name ON tags (fold(name));
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON tags
    FOR EACH ROW EXECUTE FUNCTION record_audit('tag_id', '', '');

CREATE TABLE record_tags (
    record_kind text NOT NULL,
    record_id uuid NOT NULL,
    tag_id uuid NOT NULL CONSTRAINT fk_record_tags_tag_id REFERENCES tags DEFERRABLE INITIALLY DEFERRED,
    tagged_at timestamptz NOT NULL DEFAULT now(),
    tagged_by uuid CONSTRAINT fk_record_tags_tagged_by REFERENCES person_registry ON DELETE SET NULL,
    CONSTRAINT pk_record_tags PRIMARY KEY (record_id, tag_id, record_kind)
);
CREATE INDEX ix_record_tags_tag_id ON record_tags (tag_id, record_kind, record_id);
CREATE INDEX ix_record_tags_tagged_by ON record_tags (tagged_by);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON record_tags
    FOR EACH ROW EXECUTE FUNCTION record_audit('record_id', '', '');

-- Arguments: the kind of record that a table holds, and its key column.
CREATE FUNCTION untag_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM record_tags WHERE record_kind = TG_ARGV[0] AND record_id = (to_jsonb(OLD) ->> TG_ARGV[1])::uuid;
    RETURN NULL;
END $$;
"""

TAGGED = (("customer", "customers", "person_id"), ("product", "products", "product_id"))


def upgrade() -> None:
    op.execute(TAGS)
    for kind, table, key in TAGGED:
        op.execute(
            f"CREATE TRIGGER untag AFTER DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION untag_record('{kind}', '{key}')"
        )


def downgrade() -> None:
    for _kind, table, _key in TAGGED:
        op.execute(f"DROP TRIGGER untag ON {table}")
    op.execute("DROP TABLE record_tags")
    op.execute("DROP TABLE tags")
    op.execute("DROP FUNCTION untag_record()")
