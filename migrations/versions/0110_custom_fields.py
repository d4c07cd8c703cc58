"""Fields of the shop's own, and their values on customers and products.

Revision ID: 0110
Revises: 0141
"""

from alembic import op

from migrations.custom import add_custom, drop_custom

revision = "0110"
down_revision = "0141"

FIELDS = """
CREATE TABLE custom_fields (
    field_id uuid CONSTRAINT pk_custom_fields PRIMARY KEY,
    kind text NOT NULL,
    key text NOT NULL CONSTRAINT ck_custom_fields_key CHECK (key ~ '^[a-z][a-z0-9_]{0,49}$'),
    label text NOT NULL CONSTRAINT ck_custom_fields_label CHECK (length(label) BETWEEN 1 AND 80),
    type text NOT NULL CONSTRAINT ck_custom_fields_type
        CHECK (type IN ('text', 'long', 'number', 'money', 'date', 'choice', 'several', 'yes', 'link')),
    options jsonb NOT NULL DEFAULT '[]' CONSTRAINT ck_custom_fields_options CHECK (jsonb_typeof(options) = 'array'),
    is_required boolean NOT NULL DEFAULT false,
    is_unique boolean NOT NULL DEFAULT false,
    is_sensitive boolean NOT NULL DEFAULT false,
    is_searched boolean NOT NULL DEFAULT false,
    initial jsonb,
    heading text NOT NULL DEFAULT '',
    help text NOT NULL DEFAULT '',
    position integer NOT NULL,
    created_at timestamptz NOT NULL,
    archived_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT uq_custom_fields_key UNIQUE (kind, key),
    CONSTRAINT ck_custom_fields_sealed CHECK (NOT (is_sensitive AND is_searched))
);
CREATE UNIQUE INDEX uq_custom_fields_label ON custom_fields (kind, fold(label)) WHERE archived_at IS NULL;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON custom_fields
    FOR EACH ROW EXECUTE FUNCTION record_audit('field_id', '', '');

CREATE TABLE custom_unique (
    record_id uuid NOT NULL,
    field_id uuid NOT NULL CONSTRAINT fk_custom_unique_field_id REFERENCES custom_fields ON DELETE CASCADE,
    value_key text NOT NULL,
    CONSTRAINT pk_custom_unique PRIMARY KEY (record_id, field_id),
    CONSTRAINT uq_custom_unique_value_key UNIQUE (field_id, value_key) DEFERRABLE INITIALLY IMMEDIATE
);
CREATE TABLE custom_searched (
    record_id uuid NOT NULL,
    field_id uuid NOT NULL CONSTRAINT fk_custom_searched_field_id REFERENCES custom_fields ON DELETE CASCADE,
    words text NOT NULL,
    CONSTRAINT pk_custom_searched PRIMARY KEY (record_id, field_id)
);
CREATE INDEX ix_custom_searched_field_id ON custom_searched (field_id);
CREATE INDEX ix_custom_searched_words ON custom_searched USING gin (fold(words) gin_trgm_ops);
"""

# What two values of a unique field must not share: of a sealed one its blind index, of others a hash of its small letters.
VALUE_KEY = """
CREATE FUNCTION custom_value_key(value jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE jsonb_typeof(value)
    WHEN 'object' THEN value ->> 'index'
    ELSE encode(sha256(convert_to(lower(value #>> '{}'), 'UTF8')), 'hex')
END;
"""

# The registry of unique values, and the words that a search looks at. Arguments: kind; key column. By the statement:
# an import or a bulk edit writes very many rows at once, and two rows may exchange a unique value.
KEEP = """
CREATE FUNCTION keep_custom_values() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed uuid[];
    key text := TG_ARGV[1];
BEGIN
    IF NOT EXISTS (SELECT FROM custom_fields WHERE kind = TG_ARGV[0]) THEN
        RETURN NULL;
    END IF;
    EXECUTE format(CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT array_agg(%1$I) FROM new_rows WHERE custom <> ''{}'''
        WHEN 'DELETE' THEN 'SELECT array_agg(%1$I) FROM old_rows WHERE custom <> ''{}'''
        ELSE 'SELECT array_agg(%1$I) FROM new_rows n JOIN old_rows o USING (%1$I) WHERE n.custom <> o.custom'
        END, key) INTO changed;
    IF changed IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM custom_unique WHERE record_id = ANY (changed);
        DELETE FROM custom_searched WHERE record_id = ANY (changed);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        EXECUTE format(
            'INSERT INTO custom_unique (record_id, field_id, value_key)'
            ' SELECT n.%1$I, f.field_id, custom_value_key(n.custom -> f.key) FROM new_rows n JOIN custom_fields f'
            ' ON f.kind = $1 AND f.is_unique AND n.custom ? f.key WHERE n.%1$I = ANY ($2)', key)
        USING TG_ARGV[0], changed;
        EXECUTE format(
            'INSERT INTO custom_searched (record_id, field_id, words)'
            ' SELECT n.%1$I, f.field_id, n.custom ->> f.key FROM new_rows n JOIN custom_fields f'
            ' ON f.kind = $1 AND f.is_searched AND n.custom ? f.key WHERE n.%1$I = ANY ($2)', key)
        USING TG_ARGV[0], changed;
    END IF;
    RETURN NULL;
END $$;
"""

PERSONAL = "first_name,last_name,email,reference"
HIDDEN = "phone_enc,phone_index,address_enc,password_hash,phone_endings"


def upgrade() -> None:
    op.execute(FIELDS)
    op.execute(VALUE_KEY)
    op.execute(KEEP)
    add_custom("customers", "customer", "person_id")
    add_custom("products", "product", "product_id")
    _audit_people(f"{PERSONAL},custom")


def downgrade() -> None:
    _audit_people(PERSONAL)
    drop_custom("products")
    drop_custom("customers")
    for table in ("custom_searched", "custom_unique", "custom_fields"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION keep_custom_values()")
    op.execute("DROP FUNCTION custom_value_key(jsonb)")


def _audit_people(personal: str) -> None:
    """Let the trail keep these columns apart, so that they go when a person is erased."""
    for table in ("people", "customers", "employees"):
        op.execute(
            f"CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW"
            f" EXECUTE FUNCTION record_audit('person_id', '{personal}', '{HIDDEN}')"
        )
