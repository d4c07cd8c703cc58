"""What customers agreed to being written about, how, when, and in which words.

Revision ID: 0240
Revises: 0192
"""

from alembic import op

revision = "0240"
down_revision = "0192"

TABLES = """
CREATE TABLE consent_wordings (
    wording_id uuid CONSTRAINT pk_consent_wordings PRIMARY KEY,
    purpose text NOT NULL,
    version integer NOT NULL,
    body text NOT NULL,
    written_at timestamptz NOT NULL,
    written_by uuid CONSTRAINT fk_consent_wordings_written_by REFERENCES person_registry,
    CONSTRAINT uq_consent_wordings_purpose UNIQUE (purpose, version),
    CONSTRAINT ck_consent_wordings_version CHECK (version > 0)
);
CREATE INDEX ix_consent_wordings_written_by ON consent_wordings (written_by) WHERE written_by IS NOT NULL;
CREATE TABLE consents (
    consent_id uuid CONSTRAINT pk_consents PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT fk_consents_person_id REFERENCES person_registry,
    channel text NOT NULL,
    purpose text NOT NULL,
    state text NOT NULL CONSTRAINT ck_consents_state CHECK (state IN ('granted', 'pending', 'withdrawn')),
    happened_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    wording_id uuid CONSTRAINT fk_consents_wording_id REFERENCES consent_wordings,
    source text NOT NULL,
    source_text text NOT NULL,
    ip text NOT NULL,
    recorded_by uuid CONSTRAINT fk_consents_recorded_by REFERENCES person_registry,
    CONSTRAINT ck_consents_happened_at CHECK (happened_at <= recorded_at),
    CONSTRAINT ck_consents_wording_id CHECK (state = 'withdrawn' OR wording_id IS NOT NULL)
);
CREATE INDEX ix_consents_latest ON consents (channel, purpose, person_id, happened_at DESC, state DESC, consent_id DESC);
CREATE INDEX ix_consents_person_id ON consents (person_id, happened_at);
CREATE INDEX ix_consents_wording_id ON consents (wording_id);
CREATE INDEX ix_consents_recorded_by ON consents (recorded_by) WHERE recorded_by IS NOT NULL;
CREATE INDEX ix_consents_recorded_at ON consents (recorded_at);
"""

# Written once. Whose a row is may follow a merge, and what was said, and from where, goes with whoever is erased.
TRIGGERS = """
CREATE FUNCTION refuse_change_of_consent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whose text[] := ARRAY['person_id', 'recorded_by'];
    told text[] := ARRAY['source_text', 'ip'];
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('app.merge_id', true) <> ''
        AND to_jsonb(NEW) - whose = to_jsonb(OLD) - whose THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.source_text = '' AND NEW.ip = '' AND to_jsonb(NEW) - told = to_jsonb(OLD) - told
        AND EXISTS (SELECT FROM customers WHERE person_id = NEW.person_id AND erased_at IS NOT NULL) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is written once and never changed', TG_TABLE_NAME;
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON consents FOR EACH ROW EXECUTE FUNCTION refuse_change_of_consent();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON consents FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON consent_wordings FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON consent_wordings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON consent_wordings
    FOR EACH ROW EXECUTE FUNCTION record_audit('wording_id', '', '');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON consents
    FOR EACH ROW EXECUTE FUNCTION record_audit('consent_id', '', 'source_text,ip');
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.execute("DROP TABLE consents")
    op.execute("DROP TABLE consent_wordings")
    op.execute("DROP FUNCTION refuse_change_of_consent()")
