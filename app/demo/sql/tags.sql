-- A few tags, and the customers in seed_customers who have them.

INSERT INTO tags (tag_id, name, colour, created_at)
    SELECT pg_temp.uuid_at(%(since)s::timestamptz, n, 50), name, colour, %(since)s::timestamptz
    FROM unnest(%(names)s::text[], %(colours)s::integer[]) WITH ORDINALITY AS t (name, colour, n)
    ON CONFLICT DO NOTHING;

INSERT INTO record_tags (record_kind, record_id, tag_id, tagged_at)
    SELECT 'customer', c.person_id, t.tag_id, c.joined
    FROM tags t JOIN unnest(%(names)s::text[], %(shares)s::float[]) WITH ORDINALITY AS w (name, share, n) USING (name)
    JOIN seed_customers c ON pg_temp.chance(c.n, 50 + w.n) < w.share
    ON CONFLICT DO NOTHING
