"""The board of 10,000 open deals beside 100,000 customers, and beside the bare page of the yardstick.

Goal: at least 0.4 of the yardstick's requests per second, at 16 connections.
"""

import argparse

from sqlalchemy import text

from app.core.db import db
from benchmarks import machine

GOAL_SHARE = 0.4
DEALS = text(
    """
    WITH stages AS (SELECT row_number() OVER (ORDER BY position) - 1 AS n, stage_id, pipeline_id
                    FROM deal_stages WHERE kind = 'open'),
    buyers AS (SELECT row_number() OVER () AS n, person_id, owner_id, last_name
             FROM (SELECT * FROM customers LIMIT :deals) AS c)
    INSERT INTO deals (deal_id, title, customer_id, owner_id, pipeline_id, stage_id, state, value_minor, currency,
                       expected_on, next_step, next_step_on, rank, stage_since)
    SELECT gen_random_uuid(), 'Hampers for ' || last_name, person_id, owner_id, pipeline_id, stage_id, 'open',
           buyers.n % 97 * 1000, 'GBP', current_date + (buyers.n % 90)::integer, 'Call about the samples', current_date,
           buyers.n, now() - interval '1 day' * (buyers.n % 40)
    FROM buyers JOIN stages ON stages.n = buyers.n % (SELECT count(*) FROM stages)
    """
)


def main() -> None:
    """Print one line for each page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--deals", type=int, default=10_000)
    asked = parser.parse_args()
    with machine.shop(asked.customers, per_customer=1) as shop:
        with shop.app.app_context():
            made = db.session.execute(DEALS, {"deals": asked.deals}).rowcount  # type: ignore[attr-defined]
            db.session.commit()
            db.session.execute(text("ANALYZE deals"))
            db.session.commit()
        cookie = machine.cookie_of(shop.app, "manager")
        print(f"{made:,} deals")
        limit = machine.yardstick(shop.env)
        with machine.web("wsgi:app", shop.env) as (address, _master):
            pages = {"board": "/deals/board", "deals": "/deals"}
            machine.compare(address, pages, cookie, limit=limit, goal=GOAL_SHARE)


if __name__ == "__main__":
    main()
