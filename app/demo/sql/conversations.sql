-- Chats that ended, most of them rated.

CREATE TEMP TABLE seed_channels ON COMMIT DROP AS
    SELECT n, pg_temp.uuid_at(requested_at, n::bigint, 30) AS channel_id, customer_id, owner_id,
           requested_at, requested_at + interval '1 second' * answered AS answered_at, talk, quality,
           requested_at + interval '1 second' * (answered + 240 + 3000 * pg_temp.chance(n, 31)) AS closed_at
    FROM (SELECT c.n, c.person_id AS customer_id, e.person_id AS owner_id, 1 + (hashint8extended(c.n, 32) & 1023) %% %(talks)s AS talk,
                 date_trunc('day', now()) - interval '1 day' * floor(1 + %(days)s * pg_temp.chance(c.n, 33))
                    + interval '9 hours' + interval '1 second' * floor(30000 * pg_temp.chance(c.n, 34)) AS requested_at,
                 15 + 900 * power(pg_temp.chance(c.n, 35), 3) * (1 + e.n %% 3) AS answered,
                 pg_temp.chance(c.n, 36) + 0.08 * (e.n %% 4) AS quality
          FROM seed_customers c
          JOIN seed_staff e ON e.n = (hashint8extended(c.n, 37) & 1048575) %% e.staff
          WHERE pg_temp.chance(c.n, 38) < %(share)s) AS drawn;

INSERT INTO comm_channels (channel_id, kind, state, topic, customer_id, owner_id, requested_at, accepted_at,
                           first_response_at, closed_at, closed_by, last_seq, last_at)
    SELECT channel_id, 'chat', 'closed', (%(part0)s::text[])[talk], customer_id, owner_id, requested_at,
           answered_at - interval '5 seconds', answered_at, closed_at, owner_id, 4, closed_at - interval '20 seconds'
    FROM seed_channels;

INSERT INTO ratings (rating_id, channel_id, closed_at, stars, comment, answered_by, closed_by, team, channel_kind, rated_at)
    SELECT pg_temp.uuid_at(closed_at, n::bigint, 42), channel_id, closed_at, stars,
           CASE WHEN stars >= 4 THEN (%(praise)s::text[])[1 + n %% 7]
                WHEN stars <= 2 THEN (%(blame)s::text[])[1 + n %% 3] ELSE '' END,
           owner_id, owner_id, e.department, 'chat', closed_at + interval '3 minutes'
    FROM seed_channels
    JOIN employees e ON e.person_id = owner_id
    CROSS JOIN LATERAL (SELECT CASE WHEN quality > 0.55 THEN 5 WHEN quality > 0.3 THEN 4 WHEN quality > 0.2 THEN 3
        WHEN quality > 0.12 THEN 2 ELSE 1 END AS stars) AS r
    WHERE pg_temp.chance(n, 39) < 0.62;

INSERT INTO comm_channel_participants (channel_id, person_id, joined_at, last_read_seq)
    SELECT channel_id, customer_id, requested_at, 4 FROM seed_channels
    UNION ALL SELECT channel_id, owner_id, answered_at, 4 FROM seed_channels;

CREATE TEMP TABLE seed_messages ON COMMIT DROP AS
    SELECT pg_temp.uuid_at(m.at, n::bigint * 10 + seq, 40) AS comm_id, channel_id, seq, m.at,
           CASE WHEN seq %% 2 = 1 THEN customer_id ELSE owner_id END AS sender_id,
           CASE WHEN seq %% 2 = 1 THEN owner_id ELSE customer_id END AS receiver_id, content
    FROM seed_channels CROSS JOIN LATERAL (VALUES
        (1, requested_at, (%(part1)s::text[])[talk]),
        (2, answered_at, (%(part2)s::text[])[talk]),
        (3, answered_at + (closed_at - answered_at) / 2, (%(part3)s::text[])[talk]),
        (4, closed_at - interval '20 seconds', (%(part4)s::text[])[talk])) AS m (seq, at, content);

INSERT INTO chats (comm_id, sender_id, receiver_id, content, at)
    SELECT comm_id, sender_id, receiver_id, content, at FROM seed_messages;

INSERT INTO comm_channel_pairs (channel_id, comm_id, seq) SELECT channel_id, comm_id, seq FROM seed_messages;

-- What each took, against the targets that the demo has. The shop was open then.
INSERT INTO response_clocks (clock_id, channel_id, kind, started_at, stopped_at, raw_seconds, business_seconds,
                             target_seconds, is_met, missed_at, owner_id, team)
    SELECT pg_temp.uuid_at(stopped_at, n::bigint * 3 + place, 41), channel_id, taken.kind, started_at, stopped_at, seconds, seconds,
           target, seconds <= target, CASE WHEN seconds > target THEN started_at + interval '1 second' * target END,
           owner_id, e.department
    FROM seed_channels
    JOIN employees e ON e.person_id = owner_id
    CROSS JOIN LATERAL (VALUES
        (0, 'first', requested_at, answered_at, 900),
        (1, 'next', answered_at + (closed_at - answered_at) / 2, closed_at - interval '20 seconds', 1800),
        (2, 'resolution', requested_at, closed_at, 28800)) AS taken (place, kind, started_at, stopped_at, target)
    CROSS JOIN LATERAL (SELECT extract(epoch FROM stopped_at - started_at)::integer) AS length (seconds)
