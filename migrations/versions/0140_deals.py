"""Pipelines with their stages, and the deals that go through them.

Revision ID: 0140
Revises: 0120
"""

from alembic import op

revision = "0140"
down_revision = "0120"

PIPELINES = """
CREATE TABLE pipelines (
    pipeline_id uuid CONSTRAINT pk_pipelines PRIMARY KEY,
    name text NOT NULL CONSTRAINT uq_pipelines_name UNIQUE CONSTRAINT ck_pipelines_name CHECK (name <> ''),
    position integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    version integer NOT NULL DEFAULT 1
);

-- Each pipeline ends in one stage of what is won and one of what is lost.
CREATE TABLE deal_stages (
    stage_id uuid CONSTRAINT pk_deal_stages PRIMARY KEY,
    pipeline_id uuid NOT NULL CONSTRAINT fk_deal_stages_pipeline_id REFERENCES pipelines,
    name text NOT NULL CONSTRAINT ck_deal_stages_name CHECK (name <> ''),
    kind text NOT NULL CONSTRAINT ck_deal_stages_kind CHECK (kind IN ('open', 'won', 'lost')),
    win_share numeric(4, 3) NOT NULL CONSTRAINT ck_deal_stages_win_share CHECK (win_share BETWEEN 0 AND 1),
    ageing_days integer CONSTRAINT ck_deal_stages_ageing_days CHECK (ageing_days > 0),
    position integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    CONSTRAINT uq_deal_stages_place UNIQUE (stage_id, pipeline_id, kind),
    CONSTRAINT ck_deal_stages_end CHECK (kind = 'open' OR archived_at IS NULL)
);
CREATE INDEX ix_deal_stages_pipeline_id ON deal_stages (pipeline_id, position);
CREATE UNIQUE INDEX uq_deal_stages_end ON deal_stages (pipeline_id, kind) WHERE kind <> 'open';

CREATE TABLE lost_reasons (
    reason_id uuid CONSTRAINT pk_lost_reasons PRIMARY KEY,
    name text NOT NULL CONSTRAINT uq_lost_reasons_name UNIQUE CONSTRAINT ck_lost_reasons_name CHECK (name <> ''),
    position integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz
);
"""
DEALS = """
CREATE TABLE deals (
    deal_id uuid CONSTRAINT pk_deals PRIMARY KEY,
    title text NOT NULL CONSTRAINT ck_deals_title CHECK (title <> ''),
    customer_id uuid,
    customer_kind text NOT NULL DEFAULT 'customer' CONSTRAINT ck_deals_customer_kind CHECK (customer_kind = 'customer'),
    company_id uuid,
    owner_id uuid CONSTRAINT fk_deals_owner_id REFERENCES person_registry,
    pipeline_id uuid NOT NULL CONSTRAINT fk_deals_pipeline_id REFERENCES pipelines,
    stage_id uuid NOT NULL,
    state text NOT NULL,
    value_minor bigint NOT NULL DEFAULT 0 CONSTRAINT ck_deals_value_minor CHECK (value_minor >= 0),
    currency text NOT NULL,
    expected_on date,
    next_step text NOT NULL DEFAULT '',
    next_step_on date,
    source text NOT NULL DEFAULT '',
    lost_reason_id uuid CONSTRAINT fk_deals_lost_reason_id REFERENCES lost_reasons,
    lost_note text NOT NULL DEFAULT '',
    rank numeric NOT NULL,
    stage_since timestamptz NOT NULL,
    closed_at timestamptz,
    receipt_id uuid CONSTRAINT fk_deals_receipt_id REFERENCES receipts CONSTRAINT uq_deals_receipt_id UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT fk_deals_customer_id FOREIGN KEY (customer_id, customer_kind)
        REFERENCES person_registry (person_id, kind),
    CONSTRAINT fk_deals_stage_id FOREIGN KEY (stage_id, pipeline_id, state)
        REFERENCES deal_stages (stage_id, pipeline_id, kind),
    CONSTRAINT ck_deals_closed_at CHECK ((state = 'open') = (closed_at IS NULL)),
    CONSTRAINT ck_deals_lost_reason_id CHECK ((state = 'lost') = (lost_reason_id IS NOT NULL)),
    CONSTRAINT ck_deals_receipt_id CHECK (state <> 'won' OR receipt_id IS NOT NULL)
);
CREATE INDEX ix_deals_rank ON deals (stage_id, rank, deal_id);
CREATE INDEX ix_deals_open ON deals (pipeline_id, stage_id) INCLUDE (currency, value_minor, expected_on) WHERE state = 'open';
CREATE INDEX ix_deals_customer_id ON deals (customer_id, created_at);
CREATE INDEX ix_deals_company_id ON deals (company_id, created_at);
CREATE INDEX ix_deals_owner_id ON deals (owner_id, created_at);
CREATE INDEX ix_deals_lost_reason_id ON deals (lost_reason_id) WHERE lost_reason_id IS NOT NULL;
CREATE INDEX ix_deals_title ON deals (title, deal_id);
CREATE INDEX ix_deals_value_minor ON deals (value_minor, deal_id);
CREATE INDEX ix_deals_created_at ON deals (created_at, deal_id);
CREATE INDEX ix_deals_expected_on ON deals (expected_on, deal_id);
CREATE INDEX ix_deals_closed_at ON deals (closed_at, deal_id) WHERE closed_at IS NOT NULL;
CREATE INDEX ix_deals_search ON deals USING gin (fold(title) gin_trgm_ops);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON deals FOR EACH ROW
    EXECUTE FUNCTION record_audit('deal_id', '', '');

-- What is offered, at which price, less which share of it.
CREATE TABLE deal_lines (
    line_id uuid CONSTRAINT pk_deal_lines PRIMARY KEY,
    deal_id uuid NOT NULL CONSTRAINT fk_deal_lines_deal_id REFERENCES deals ON DELETE CASCADE,
    position integer NOT NULL,
    product_id uuid NOT NULL CONSTRAINT fk_deal_lines_product_id REFERENCES products,
    quantity integer NOT NULL CONSTRAINT ck_deal_lines_quantity CHECK (quantity > 0),
    unit_price_minor bigint NOT NULL CONSTRAINT ck_deal_lines_unit_price_minor CHECK (unit_price_minor >= 0),
    discount_share numeric(5, 4) NOT NULL DEFAULT 0
        CONSTRAINT ck_deal_lines_discount_share CHECK (discount_share BETWEEN 0 AND 1)
);
CREATE INDEX ix_deal_lines_deal_id ON deal_lines (deal_id, position);
CREATE INDEX ix_deal_lines_product_id ON deal_lines (product_id);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON deal_lines FOR EACH ROW
    EXECUTE FUNCTION record_audit('line_id', '', '');
"""
# Kept by the database, so that no way of writing a deal, undoing included, leaves a step out.
MOVES = """
CREATE TABLE deal_moves (
    move_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_deal_moves PRIMARY KEY,
    deal_id uuid NOT NULL CONSTRAINT fk_deal_moves_deal_id REFERENCES deals ON DELETE CASCADE
        DEFERRABLE INITIALLY DEFERRED,
    before uuid CONSTRAINT fk_deal_moves_before REFERENCES deal_stages,
    after uuid NOT NULL CONSTRAINT fk_deal_moves_after REFERENCES deal_stages,
    at timestamptz NOT NULL,
    actor_id uuid CONSTRAINT fk_deal_moves_actor_id REFERENCES person_registry ON DELETE SET NULL
);
CREATE INDEX ix_deal_moves_deal_id ON deal_moves (deal_id, at);
CREATE INDEX ix_deal_moves_after ON deal_moves (after, at);
CREATE INDEX ix_deal_moves_before ON deal_moves (before);
CREATE INDEX ix_deal_moves_actor_id ON deal_moves (actor_id);

CREATE FUNCTION record_deal_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO deal_moves (deal_id, before, after, at, actor_id)
    VALUES (NEW.deal_id, OLD.stage_id, NEW.stage_id,
            CASE TG_OP WHEN 'INSERT' THEN NEW.created_at ELSE clock_timestamp() END,
            nullif(current_setting('app.actor_id', true), '')::uuid);
    RETURN NULL;
END $$;
CREATE TRIGGER record_first_stage AFTER INSERT ON deals FOR EACH ROW EXECUTE FUNCTION record_deal_move();
CREATE TRIGGER record_move AFTER UPDATE OF stage_id ON deals FOR EACH ROW
    WHEN (OLD.stage_id <> NEW.stage_id) EXECUTE FUNCTION record_deal_move();
"""
USUAL = """
INSERT INTO pipelines (pipeline_id, name, position) VALUES ('01930f5e-7c00-7000-8000-0000000000d0', 'Sales', 1);
INSERT INTO deal_stages (stage_id, pipeline_id, name, kind, win_share, ageing_days, position)
    SELECT ('01930f5e-7c00-7000-8000-0000000000d' || position)::uuid, '01930f5e-7c00-7000-8000-0000000000d0',
           name, kind, win_share, ageing_days, position
    FROM (VALUES (1, 'New', 'open', 0.1, 7), (2, 'Qualified', 'open', 0.25, 14), (3, 'Proposal', 'open', 0.5, 14),
                 (4, 'Negotiation', 'open', 0.75, 14), (5, 'Agreed', 'open', 0.9, 7),
                 (6, 'Won', 'won', 1, NULL), (7, 'Lost', 'lost', 0, NULL))
        AS usual (position, name, kind, win_share, ageing_days);
INSERT INTO lost_reasons (reason_id, name, position)
    SELECT ('01930f5e-7c00-7000-8000-0000000000e' || position)::uuid, name, position
    FROM (VALUES (1, 'Too expensive'), (2, 'Chose somebody else'), (3, 'No money for it now'), (4, 'No need any more'),
                 (5, 'No answer'), (6, 'Entered by mistake')) AS usual (position, name);
"""


def upgrade() -> None:
    for part in (PIPELINES, DEALS, MOVES, USUAL):
        op.execute(part)


def downgrade() -> None:
    for table in ("deal_moves", "deal_lines", "deals", "lost_reasons", "deal_stages", "pipelines"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION record_deal_move()")
