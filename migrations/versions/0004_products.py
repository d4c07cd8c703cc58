"""Goods and services.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"

PRODUCTS = """
CREATE TABLE products (
    product_id uuid CONSTRAINT pk_products PRIMARY KEY,
    sku text NOT NULL CONSTRAINT uq_products_sku UNIQUE,
    name text NOT NULL CONSTRAINT ck_products_name CHECK (length(name) BETWEEN 1 AND 300),
    type text NOT NULL CONSTRAINT ck_products_type CHECK (type IN ('good', 'service')),
    description text NOT NULL DEFAULT '',
    price_minor bigint NOT NULL CONSTRAINT ck_products_price_minor CHECK (price_minor >= 0),
    currency text NOT NULL,
    created_at timestamptz NOT NULL,
    archived_at timestamptz,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX ix_products_name ON products (name, product_id);
CREATE INDEX ix_products_created_at ON products (created_at, product_id);
CREATE INDEX ix_products_price ON products (price_minor, product_id);
CREATE INDEX ix_products_search ON products USING gin (fold(name || ' ' || sku) gin_trgm_ops);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON products FOR EACH ROW
    EXECUTE FUNCTION record_audit('product_id', '', '');
"""


def upgrade() -> None:
    op.execute(PRODUCTS)


def downgrade() -> None:
    op.execute("DROP TABLE products")
