"""How soon the shop means to answer, and what each answer took.

Revision ID: 0330
Revises: 0301
"""

from alembic import op

revision = "0330"
down_revision = "0301"

TABLES = """
CREATE TABLE target_policies (
    policy_id uuid CONSTRAINT pk_target_policies PRIMARY KEY,
    least_priority integer NOT NULL CONSTRAINT uq_target_policies_least_priority UNIQUE,
    first_seconds integer,
    next_seconds integer,
    resolution_seconds integer,
    CONSTRAINT ck_target_policies_seconds CHECK (first_seconds > 0 AND next_seconds > 0 AND resolution_seconds > 0)
);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON target_policies FOR EACH ROW
    EXECUTE FUNCTION record_audit('policy_id', '', '');
CREATE TABLE response_clocks (
    clock_id uuid CONSTRAINT pk_response_clocks PRIMARY KEY,
    channel_id uuid NOT NULL CONSTRAINT fk_response_clocks_channel_id REFERENCES comm_channels ON DELETE CASCADE,
    kind text NOT NULL CONSTRAINT ck_response_clocks_kind CHECK (kind IN ('first', 'next', 'resolution')),
    started_at timestamptz NOT NULL,
    running_since timestamptz,
    spent_seconds integer NOT NULL DEFAULT 0,
    target_seconds integer,
    due_at timestamptz,
    missed_at timestamptz,
    stopped_at timestamptz,
    raw_seconds integer,
    business_seconds integer,
    is_met boolean,
    owner_id uuid CONSTRAINT fk_response_clocks_owner_id REFERENCES person_registry,
    team text NOT NULL DEFAULT '',
    CONSTRAINT ck_response_clocks_stopped CHECK (
        CASE WHEN stopped_at IS NULL THEN raw_seconds IS NULL AND business_seconds IS NULL AND is_met IS NULL
        ELSE raw_seconds IS NOT NULL AND business_seconds IS NOT NULL AND running_since IS NULL AND due_at IS NULL END)
);
CREATE UNIQUE INDEX uq_response_clocks_running ON response_clocks (channel_id, kind) WHERE stopped_at IS NULL;
CREATE INDEX ix_response_clocks_channel_id ON response_clocks (channel_id);
CREATE INDEX ix_response_clocks_due_at ON response_clocks (due_at) WHERE due_at IS NOT NULL AND missed_at IS NULL;
CREATE INDEX ix_response_clocks_stopped_at ON response_clocks (kind, stopped_at) WHERE stopped_at IS NOT NULL;
CREATE INDEX ix_response_clocks_owner_id ON response_clocks (owner_id) WHERE owner_id IS NOT NULL;
"""

# What was answered and closed before: no hours were set then, so all time was opening time.
BEFORE = """
INSERT INTO response_clocks (clock_id, channel_id, kind, started_at, stopped_at, raw_seconds, business_seconds,
                             owner_id, team)
SELECT uuidv7(), c.channel_id, m.kind, c.requested_at, m.stopped_at, m.seconds, m.seconds, c.owner_id,
       coalesce(e.department, '')
FROM comm_channels c
CROSS JOIN LATERAL (
    SELECT kind, stopped_at, greatest(0, extract(epoch FROM stopped_at - c.requested_at))::integer AS seconds
    FROM (VALUES ('first', c.first_response_at), ('resolution', c.closed_at)) AS taken (kind, stopped_at)
    WHERE stopped_at IS NOT NULL) m
LEFT JOIN employees e ON e.person_id = c.owner_id
WHERE c.kind <> 'internal';
INSERT INTO response_clocks (clock_id, channel_id, kind, started_at, running_since)
SELECT uuidv7(), c.channel_id, k.kind, c.unanswered_since, c.unanswered_since
FROM comm_channels c
CROSS JOIN LATERAL (VALUES (CASE WHEN c.first_response_at IS NULL THEN 'first' ELSE 'next' END), ('resolution')) k (kind)
WHERE c.unanswered_since IS NOT NULL AND c.state <> 'closed';
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(BEFORE)


def downgrade() -> None:
    op.execute("DROP TABLE response_clocks; DROP TABLE target_policies")
