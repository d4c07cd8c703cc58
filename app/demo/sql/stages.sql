-- How the customers in seed_customers came to their stage: leads and prospects have bought nothing, the others have.

CREATE TEMP TABLE seed_bought ON COMMIT DROP AS
    SELECT c.n, c.person_id, c.joined, min(r.at) AS first_at, max(r.at) AS last_at
    FROM seed_customers c LEFT JOIN receipts r ON r.customer_id = c.person_id AND r.kind = 'sale'
    GROUP BY c.n, c.person_id, c.joined;

UPDATE customers SET stage = CASE WHEN b.first_at IS NOT NULL THEN 'customer'
                                  WHEN pg_temp.chance(b.n, 31) < 0.6 THEN 'lead' ELSE 'prospect' END
    FROM seed_bought b
    WHERE customers.person_id = b.person_id
      AND (stage IN ('lead', 'prospect')) = (b.first_at IS NOT NULL);

DELETE FROM stage_changes WHERE person_id IN (SELECT person_id FROM seed_customers);

CREATE TEMP TABLE seed_ways ON COMMIT DROP AS
    SELECT b.*, c.stage, c.owner_id,
           c.stage IN ('lead', 'prospect') OR pg_temp.chance(b.n, 32) < 0.6 AS as_lead,
           c.stage = 'prospect' OR (c.stage <> 'lead' AND pg_temp.chance(b.n, 33) < 0.5) AS by_prospect,
           b.joined + (coalesce(b.first_at, now() - interval '1 hour') - b.joined) * pg_temp.chance(b.n, 34)
               AS prospect_at
    FROM seed_bought b JOIN customers c USING (person_id);

INSERT INTO stage_changes (person_id, before, after, at, actor_id)
    SELECT person_id, before, after, at, actor_id FROM (
        SELECT person_id, NULL AS before, CASE WHEN as_lead THEN 'lead' ELSE 'customer' END AS after, joined AS at,
               NULL::uuid AS actor_id FROM seed_ways
        UNION ALL
        SELECT person_id, 'lead', 'prospect', prospect_at, owner_id FROM seed_ways WHERE as_lead AND by_prospect
        UNION ALL
        SELECT person_id, CASE WHEN by_prospect THEN 'prospect' ELSE 'lead' END, 'customer', first_at, NULL
        FROM seed_ways WHERE as_lead AND first_at IS NOT NULL
        UNION ALL
        SELECT person_id, 'customer', 'former', last_at + (now() - last_at) * 0.5, owner_id
        FROM seed_ways WHERE stage = 'former' AND first_at IS NOT NULL
    ) AS steps ORDER BY at
