-- Sales and refunds of the customers in seed_customers.

CREATE TEMP TABLE seed_products ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY sku) - 1 AS n, product_id, name, price_minor, count(*) OVER () AS products
    FROM products WHERE sku LIKE 'LOT-%%' OR sku LIKE 'SRV-%%';

CREATE TEMP TABLE seed_staff ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY person_id) - 1 AS n, person_id, count(*) OVER () AS staff FROM employees;

CREATE TEMP TABLE seed_receipts ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY at, n, k) AS number, n, k, customer_id, at, n::bigint * 1000 + k AS draw
    FROM (SELECT c.n, k, c.person_id AS customer_id,
                 date_trunc('second', greatest(c.joined, %(since)s::timestamptz)
                    + (now() - interval '1 hour' - greatest(c.joined, %(since)s::timestamptz))
                      * pg_temp.chance(c.n::bigint * 1000 + k, 11)) AS at
          FROM seed_customers c CROSS JOIN LATERAL generate_series(1,
              greatest(0, round(%(receipts)s::numeric
                  * (ARRAY[0, 0.25, 0.5, 0.5, 1, 1, 1.25, 1.5, 2, 2])[1 + (hashint8extended(c.n, 12) & 1023) %% 10])::integer)) AS k
         ) AS drawn;

CREATE TEMP TABLE seed_lines ON COMMIT DROP AS
    SELECT r.number, line, p.product_id, p.name, p.price_minor, quantity, quantity * p.price_minor AS amount_minor
    FROM seed_receipts r
    CROSS JOIN LATERAL generate_series(1, 1 + (hashint8extended(r.draw, 13) & 1023)::integer %% 4) AS line
    CROSS JOIN LATERAL (SELECT 1 + (hashint8extended(r.draw * 10 + line, 14) & 1023)::integer %% 3 AS quantity) AS q
    JOIN seed_products p ON p.n = floor(p.products * power(pg_temp.chance(r.draw * 10 + line, 15), 1.7));

ANALYZE seed_receipts, seed_lines;

INSERT INTO receipts (receipt_id, number, kind, at, customer_id, currency, total_minor, source, recorded_by, created_at)
    SELECT pg_temp.uuid_at(r.at, r.number, 16), s.last_number + r.number, 'sale', r.at, r.customer_id,
           %(currency)s, t.total_minor, CASE WHEN by_staff THEN 'staff' ELSE 'customer' END,
           CASE WHEN by_staff THEN e.person_id ELSE r.customer_id END, r.at
    FROM seed_receipts r
    JOIN (SELECT number, sum(amount_minor) AS total_minor FROM seed_lines GROUP BY number) AS t USING (number)
    CROSS JOIN receipt_series s
    CROSS JOIN LATERAL (SELECT pg_temp.chance(r.draw, 17) < 0.6 AS by_staff) AS b
    JOIN seed_staff e ON e.n = (hashint8extended(r.draw, 18) & 1048575) %% e.staff
    ORDER BY r.number;

INSERT INTO transactions (transaction_id, at, receipt_id, line, customer_id, product_id, description, quantity,
                          unit_price, amount_minor, currency)
    SELECT pg_temp.uuid_at(r.at, r.number * 10 + l.line, 19), r.at,
           pg_temp.uuid_at(r.at, r.number, 16), l.line, r.customer_id, l.product_id, l.name,
           l.quantity, l.price_minor / 100.0, l.amount_minor, %(currency)s
    FROM seed_receipts r JOIN seed_lines l USING (number) ORDER BY r.number;

CREATE TEMP TABLE seed_refunds ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY r.number) AS refund, r.number, r.at, r.customer_id, l.*,
           least(r.at + interval '1 day' * (1 + pg_temp.chance(r.draw, 20) * 13),
                 now() - interval '30 minutes') AS refunded_at
    FROM seed_receipts r JOIN LATERAL (
        SELECT product_id, name, price_minor, quantity, amount_minor, line FROM seed_lines WHERE seed_lines.number = r.number
    ) AS l ON l.line = 1
    WHERE pg_temp.chance(r.draw, 21) < 0.03;

INSERT INTO receipts (receipt_id, number, kind, at, customer_id, currency, total_minor, refund_of, reason, source,
                      recorded_by, created_at)
    SELECT pg_temp.uuid_at(f.refunded_at, f.refund, 22),
           s.last_number + (SELECT count(*) FROM seed_receipts) + f.refund, 'refund', f.refunded_at, f.customer_id,
           %(currency)s, -f.amount_minor, pg_temp.uuid_at(f.at, f.number, 16),
           (ARRAY['Changed their mind', 'Arrived damaged', 'Wrong size', 'Unwanted gift'])[1 + f.refund %% 4],
           'staff', e.person_id, f.refunded_at
    FROM seed_refunds f CROSS JOIN receipt_series s
    JOIN seed_staff e ON e.n = (hashint8extended(f.refund, 23) & 1048575) %% e.staff
    ORDER BY f.refund;

INSERT INTO transactions (transaction_id, at, receipt_id, line, customer_id, product_id, description, quantity,
                          unit_price, amount_minor, currency, refund_of, refund_of_at)
    SELECT pg_temp.uuid_at(f.refunded_at, f.refund, 24), f.refunded_at,
           pg_temp.uuid_at(f.refunded_at, f.refund, 22), 1, f.customer_id, f.product_id, f.name,
           -f.quantity, f.price_minor / 100.0, -f.amount_minor, %(currency)s,
           pg_temp.uuid_at(f.at, f.number * 10 + f.line, 19), f.at
    FROM seed_refunds f;

UPDATE receipts SET refunded_minor = -f.amount_minor
    FROM seed_refunds f WHERE receipt_id = pg_temp.uuid_at(f.at, f.number, 16);

UPDATE receipt_series SET last_number = last_number + (SELECT count(*) FROM seed_receipts)
    + (SELECT count(*) FROM seed_refunds)
