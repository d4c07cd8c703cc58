"""The busiest pages on 100,000 customers and 1,000,000 transactions, beside the bare page of the yardstick.

Goals: at least 0.5 of the yardstick's requests per second; p95 at most 200 ms at 16
connections; at most 150 MB resident for each web process.
"""

import argparse
import json
from urllib.parse import urlencode

from sqlalchemy import text

from app.core.db import db
from app.core.paging import LAST
from benchmarks import machine

GOAL_SHARE = 0.5
GOAL_P95_MS = 200
GOAL_MEGABYTES = 150
FILTER = {
    "all": [
        {"f": "country", "op": "in", "v": ["United Kingdom"]},
        {"f": "stage", "op": "in", "v": ["customer"]},
        {"not": {"f": "source", "op": "is", "v": "newsletter"}},
    ]
}


def paths(shop: machine.Shop) -> dict[str, str]:
    """The pages that are measured, by name."""
    with shop.app.app_context():
        person_id, last_name = db.session.execute(
            text("SELECT customer_id, last_name FROM receipts JOIN customers ON person_id = customer_id LIMIT 1")
        ).one()
    return {
        "customers, first page": "/customers",
        "customers, far end": f"/customers?after={LAST}",
        "customer": f"/customers/{person_id}",
        "search": f"/customers?q={last_name}",
        "customers, filtered": "/customers?" + urlencode({"where": json.dumps(FILTER)}),
        "transactions": "/transactions",
        "performance": "/performance",
    }


def main() -> None:
    """Print one line for each page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    customers = parser.parse_args().customers
    with machine.shop(customers) as shop:
        cookie = machine.cookie_of(shop.app, "manager")
        limit = machine.yardstick(shop.env)
        with machine.web("wsgi:app", shop.env) as (address, master):
            machine.compare(address, paths(shop), cookie, limit=limit, goal=GOAL_SHARE, goal_p95=GOAL_P95_MS)
            memory = machine.resident_megabytes(master)
        verdict = "ok" if max(memory) <= GOAL_MEGABYTES else "MISSED"
        print(f"web processes hold {memory} MB (goal {GOAL_MEGABYTES})   {verdict}")


if __name__ == "__main__":
    main()
