"""People, customers and employees behind one registry.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

from migrations.inheritance import REGISTER, make_child

revision = "0002"
down_revision = "0001"

PEOPLE = """
CREATE TABLE person_registry (
    person_id uuid CONSTRAINT pk_person_registry PRIMARY KEY,
    kind text NOT NULL,
    email_key text CONSTRAINT uq_person_registry_email_key UNIQUE,
    CONSTRAINT uq_person_registry_person_id UNIQUE (person_id, kind)
);
CREATE TABLE people (
    person_id uuid NOT NULL DEFAULT uuidv7() CONSTRAINT pk_people PRIMARY KEY,
    kind text NOT NULL,
    first_name text NOT NULL DEFAULT '',
    last_name text NOT NULL DEFAULT '',
    email text,
    phone_enc bytea,
    phone_index bytea,
    address_enc bytea,
    password_hash text,
    email_verified_at timestamptz,
    locale text NOT NULL DEFAULT 'en',
    time_zone text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    deactivated_at timestamptz,
    erased_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT ck_people_name CHECK (length(first_name) <= 200 AND length(last_name) <= 200),
    CONSTRAINT ck_people_email CHECK (length(email) <= 320)
);
ALTER TABLE people ADD CONSTRAINT ck_people_abstract CHECK (false) NO INHERIT;
CREATE INDEX ix_people_name ON people (last_name, first_name, person_id);
CREATE INDEX ix_people_created_at ON people (created_at, person_id);
CREATE INDEX ix_people_search ON people
    USING gin (fold(first_name || ' ' || last_name || ' ' || coalesce(email, '')) gin_trgm_ops);
CREATE INDEX ix_people_phone_index ON people (phone_index) WHERE phone_index IS NOT NULL;
"""

# A write that does not count the version itself (the mapper does) is counted here. At the end of a
# transaction every entry of the registry has its person, whichever way it was made.
TRIGGERS = """
CREATE FUNCTION count_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version = OLD.version THEN
        NEW.version := OLD.version + 1;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER count_version BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION count_version();
CREATE FUNCTION refuse_nobody() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM person_registry WHERE person_id = NEW.person_id)
        AND NOT EXISTS (SELECT FROM people WHERE person_id = NEW.person_id) THEN
        RAISE EXCEPTION 'the registry holds %, who is nobody', NEW.person_id USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER refuse_nobody AFTER INSERT ON person_registry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse_nobody();
CREATE TRIGGER register BEFORE INSERT OR UPDATE ON people FOR EACH ROW EXECUTE FUNCTION register_person();
CREATE TRIGGER unregister AFTER DELETE ON people FOR EACH ROW EXECUTE FUNCTION register_person();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON people FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON person_registry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON people FOR EACH ROW
    EXECUTE FUNCTION record_audit('person_id', 'first_name,last_name,email,reference', 'phone_enc,phone_index,address_enc,password_hash');
"""

CUSTOMER_COLUMNS = """
    stage text NOT NULL DEFAULT 'customer'
        CONSTRAINT ck_customers_stage CHECK (stage IN ('lead', 'prospect', 'customer', 'former')),
    source text NOT NULL DEFAULT '',
    reference text,
    country text NOT NULL DEFAULT '',
    owner_id uuid
"""

EMPLOYEE_COLUMNS = """
    department text NOT NULL DEFAULT '',
    position text NOT NULL DEFAULT '',
    role text NOT NULL DEFAULT 'agent' CONSTRAINT ck_employees_role CHECK (role IN ('agent', 'manager', 'admin')),
    hired_on date
"""

CHILD_RULES = """
ALTER TABLE customers ADD CONSTRAINT fk_customers_owner_id FOREIGN KEY (owner_id)
    REFERENCES person_registry ON DELETE SET NULL;
CREATE UNIQUE INDEX uq_customers_reference ON customers (reference);
CREATE INDEX ix_customers_owner_id ON customers (owner_id, last_name, first_name, person_id);
CREATE INDEX ix_customers_stage ON customers (stage, last_name, first_name, person_id);
CREATE INDEX ix_customers_country ON customers (country, last_name, first_name, person_id);
CREATE INDEX ix_customers_deactivated ON customers (last_name, first_name, person_id) WHERE deactivated_at IS NOT NULL;
CREATE INDEX ix_employees_department ON employees (department);

CREATE TABLE notices (
    notice_id uuid CONSTRAINT pk_notices PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT fk_notices_person_id REFERENCES person_registry ON DELETE CASCADE,
    key text NOT NULL,
    title text NOT NULL,
    body text NOT NULL DEFAULT '',
    url text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    CONSTRAINT uq_notices_person_id UNIQUE (person_id, key)
);
CREATE INDEX ix_notices_person_id ON notices (person_id, created_at);
CREATE INDEX ix_notices_unread ON notices (person_id) WHERE read_at IS NULL;

CREATE TABLE outgoing_mail (
    mail_id uuid CONSTRAINT pk_outgoing_mail PRIMARY KEY,
    person_id uuid CONSTRAINT fk_outgoing_mail_person_id REFERENCES person_registry ON DELETE SET NULL,
    key text CONSTRAINT uq_outgoing_mail_key UNIQUE,
    address text NOT NULL,
    subject text NOT NULL,
    text_body text NOT NULL,
    html_body text NOT NULL,
    is_secret boolean NOT NULL DEFAULT false,
    state text NOT NULL CONSTRAINT ck_outgoing_mail_state CHECK (state IN ('queued', 'sent', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    last_error text,
    correlation_id text NOT NULL,
    created_at timestamptz NOT NULL,
    sent_at timestamptz
);
CREATE INDEX ix_outgoing_mail_person_id ON outgoing_mail (person_id, created_at);
CREATE INDEX ix_outgoing_mail_correlation_id ON outgoing_mail (correlation_id);
"""


def upgrade() -> None:
    op.execute(PEOPLE)
    op.execute(
        REGISTER.format(
            tree="person",
            registry="person_registry",
            key="person_id",
            unique_columns=", email_key",
            unique_values=", lower(NEW.email)",
            update_unique="""IF NEW.email IS DISTINCT FROM OLD.email THEN
            UPDATE person_registry SET email_key = lower(NEW.email) WHERE person_id = NEW.person_id;
        END IF;""",
        )
    )
    op.execute(TRIGGERS)
    registry = {"registry": "person_registry", "key": "person_id"}
    make_child("people", "customers", CUSTOMER_COLUMNS, kind="customer", **registry)
    make_child("people", "employees", EMPLOYEE_COLUMNS, kind="employee", **registry)
    op.execute(CHILD_RULES)


def downgrade() -> None:
    for table in ("outgoing_mail", "notices", "employees", "customers", "people", "person_registry"):
        op.execute(f"DROP TABLE {table} CASCADE")
    for function in ("count_version()", "refuse_nobody()", "register_person()"):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP FUNCTION refuse_truncate()")
