"""Companies, and for which of them customers work.

Revision ID: 0121
Revises: 0162
"""

from alembic import op

from migrations.undo import keep_changes

revision = "0121"
down_revision = "0162"

COMPANIES = """
CREATE TABLE companies (
    company_id uuid CONSTRAINT pk_companies PRIMARY KEY,
    name text NOT NULL CONSTRAINT ck_companies_name CHECK (length(name) BETWEEN 1 AND 200),
    domain text CONSTRAINT ck_companies_domain CHECK (domain <> '' AND domain = lower(domain)),
    website text NOT NULL DEFAULT '',
    phone text NOT NULL DEFAULT '',
    address text NOT NULL DEFAULT '',
    country text NOT NULL DEFAULT '',
    industry text NOT NULL DEFAULT '',
    staff integer CONSTRAINT ck_companies_staff CHECK (staff >= 0),
    owner_id uuid CONSTRAINT fk_companies_owner_id REFERENCES person_registry ON DELETE SET NULL,
    merged_into_id uuid CONSTRAINT fk_companies_merged_into_id REFERENCES companies ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    version integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX uq_companies_domain ON companies (domain) WHERE archived_at IS NULL;
CREATE INDEX ix_companies_name ON companies (name, company_id);
CREATE INDEX ix_companies_folded ON companies (fold(name));
CREATE INDEX ix_companies_created_at ON companies (created_at, company_id);
CREATE INDEX ix_companies_owner_id ON companies (owner_id);
CREATE INDEX ix_companies_merged_into_id ON companies (merged_into_id);
CREATE INDEX ix_companies_search ON companies
    USING gin (fold(name || ' ' || coalesce(domain, '') || ' ' || phone) gin_trgm_ops);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON companies FOR EACH ROW
    EXECUTE FUNCTION record_audit('company_id', '', '');
CREATE TRIGGER count_version BEFORE UPDATE ON companies FOR EACH ROW EXECUTE FUNCTION count_version();
CREATE TRIGGER untag AFTER DELETE ON companies FOR EACH ROW EXECUTE FUNCTION untag_record('company', 'company_id');

ALTER TABLE customers ADD COLUMN company_id uuid
    CONSTRAINT fk_customers_company_id REFERENCES companies ON DELETE SET NULL;
CREATE INDEX ix_customers_company_id ON customers (company_id, last_name, first_name, person_id)
    WHERE company_id IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(COMPANIES)
    keep_changes("companies", "company_id")


def downgrade() -> None:
    op.execute("ALTER TABLE customers DROP COLUMN company_id")
    op.execute("DROP TABLE companies")
