"""A rating for each close, with whose it was as it was then.

Revision ID: 0331
Revises: 0310
"""

from alembic import op

revision = "0331"
down_revision = "0310"

TABLE = """
CREATE TABLE ratings (
    rating_id uuid CONSTRAINT pk_ratings PRIMARY KEY,
    channel_id uuid NOT NULL CONSTRAINT fk_ratings_channel_id REFERENCES comm_channels ON DELETE CASCADE,
    closed_at timestamptz NOT NULL,
    stars smallint NOT NULL CONSTRAINT ck_ratings_stars CHECK (stars BETWEEN 1 AND 5),
    comment text NOT NULL DEFAULT '' CONSTRAINT ck_ratings_comment CHECK (length(comment) <= 5000),
    answered_by uuid NOT NULL CONSTRAINT fk_ratings_answered_by REFERENCES person_registry,
    closed_by uuid CONSTRAINT fk_ratings_closed_by REFERENCES person_registry,
    team text NOT NULL DEFAULT '',
    channel_kind text NOT NULL,
    rated_at timestamptz NOT NULL,
    changed_at timestamptz,
    follow_up_id uuid CONSTRAINT fk_ratings_follow_up_id REFERENCES tasks ON DELETE SET NULL,
    excluded_at timestamptz,
    excluded_by uuid CONSTRAINT fk_ratings_excluded_by REFERENCES person_registry,
    excluded_reason text NOT NULL DEFAULT '' CONSTRAINT ck_ratings_excluded_reason CHECK (length(excluded_reason) <= 500),
    CONSTRAINT uq_ratings_channel_id UNIQUE (channel_id, closed_at),
    CONSTRAINT ck_ratings_excluded CHECK ((excluded_at IS NULL) = (excluded_reason = ''))
);
CREATE INDEX ix_ratings_rated_at ON ratings (rated_at, rating_id);
CREATE INDEX ix_ratings_answered_by ON ratings (answered_by, rated_at);
CREATE INDEX ix_ratings_closed_by ON ratings (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX ix_ratings_excluded_by ON ratings (excluded_by) WHERE excluded_by IS NOT NULL;
CREATE INDEX ix_ratings_follow_up_id ON ratings (follow_up_id) WHERE follow_up_id IS NOT NULL;
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON ratings
    FOR EACH ROW EXECUTE FUNCTION record_audit('rating_id', 'comment', '');
"""

MOVE = """
INSERT INTO ratings (rating_id, channel_id, closed_at, stars, comment, answered_by, closed_by, team, channel_kind, rated_at)
SELECT uuidv7(), c.channel_id, coalesce(c.closed_at, c.rated_at), c.rating, c.feedback,
       coalesce(most.sender_id, c.rated_owner_id), c.closed_by, coalesce(e.department, ''), c.kind, c.rated_at
FROM comm_channels c
LEFT JOIN LATERAL (
    SELECT m.sender_id FROM comm_channel_pairs p JOIN communications m USING (comm_id) JOIN employees s ON s.person_id = m.sender_id
    WHERE p.channel_id = c.channel_id AND m.kind IN ('chat', 'email')
    GROUP BY m.sender_id ORDER BY count(*) DESC, max(p.seq) DESC LIMIT 1) most ON true
LEFT JOIN employees e ON e.person_id = coalesce(most.sender_id, c.rated_owner_id)
WHERE c.rating IS NOT NULL;
DROP TRIGGER audit ON comm_channels;
ALTER TABLE comm_channels DROP COLUMN rating, DROP COLUMN feedback, DROP COLUMN rated_at, DROP COLUMN rated_owner_id;
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF state, topic, owner_id, priority
    ON comm_channels FOR EACH ROW EXECUTE FUNCTION record_audit('channel_id', 'topic', '');
"""

BACK = """
DROP TRIGGER audit ON comm_channels;
ALTER TABLE comm_channels
    ADD COLUMN rating smallint CONSTRAINT ck_comm_channels_rating CHECK (rating BETWEEN 1 AND 5),
    ADD COLUMN feedback text NOT NULL DEFAULT '' CONSTRAINT ck_comm_channels_feedback CHECK (length(feedback) <= 5000),
    ADD COLUMN rated_at timestamptz,
    ADD COLUMN rated_owner_id uuid CONSTRAINT fk_comm_channels_rated_owner_id REFERENCES person_registry;
CREATE INDEX ix_comm_channels_rated_owner_id ON comm_channels (rated_owner_id) WHERE rated_owner_id IS NOT NULL;
UPDATE comm_channels c SET rating = r.stars, feedback = r.comment, rated_at = r.rated_at, rated_owner_id = r.answered_by
FROM (SELECT DISTINCT ON (channel_id) * FROM ratings ORDER BY channel_id, closed_at DESC) r
WHERE r.channel_id = c.channel_id;
CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF state, topic, owner_id, priority, rating, feedback
    ON comm_channels FOR EACH ROW EXECUTE FUNCTION record_audit('channel_id', 'feedback,topic', '');
DROP TABLE ratings;
"""


def upgrade() -> None:
    op.execute(TABLE)
    op.execute(MOVE)


def downgrade() -> None:
    op.execute(BACK)
