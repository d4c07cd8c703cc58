-- What the customers in seed_customers agreed to, and who of them withdrew. Without triggers, so nobody is told.

INSERT INTO consents (consent_id, person_id, channel, purpose, state, happened_at, recorded_at, wording_id, source,
        source_text, ip, recorded_by)
    SELECT pg_temp.uuid_at(said.at, c.n, 60 + a.n), c.person_id, a.channel, 'marketing', 'granted', said.at, said.at,
        %(wording)s, s.source, CASE s.source WHEN 'employee' THEN (%(proofs)s::text[])[1 + c.n %% %(number)s] ELSE '' END,
        CASE s.source WHEN 'employee' THEN '' ELSE '192.0.2.' || c.n %% 250 END,
        CASE s.source WHEN 'employee' THEN p.owner_id ELSE c.person_id END
    FROM seed_customers c JOIN customers p USING (person_id)
    JOIN unnest(%(channels)s::text[], %(shares)s::float[]) WITH ORDINALITY AS a (channel, share, n)
        ON pg_temp.chance(c.n, 60 + a.n) < a.share
    CROSS JOIN LATERAL (SELECT least(c.joined + interval '1 hour' * (1 + c.n %% 400), now() - interval '1 day') AS at) AS said
    CROSS JOIN LATERAL (SELECT CASE WHEN a.channel = 'email' THEN 'link' WHEN p.owner_id IS NULL OR c.n %% 3 = 0 THEN 'portal'
        ELSE 'employee' END AS source) AS s;

INSERT INTO consents (consent_id, person_id, channel, purpose, state, happened_at, recorded_at, wording_id, source,
        source_text, ip, recorded_by)
    SELECT pg_temp.uuid_at(said.at, c.n, 80), g.person_id, g.channel, g.purpose, 'withdrawn', said.at, said.at, g.wording_id,
        'portal', '', '192.0.2.' || c.n %% 250, g.person_id
    FROM consents g JOIN seed_customers c USING (person_id)
    CROSS JOIN LATERAL (SELECT g.happened_at + interval '1 day' * (20 + c.n %% 200) AS at) AS said
    WHERE g.state = 'granted' AND g.channel = 'email' AND said.at < now() AND pg_temp.chance(c.n, 80) < 0.1
