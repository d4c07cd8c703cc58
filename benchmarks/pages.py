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
        with machine.web("benchmarks.yardstick:app", shop.env) as (address, _master):
            limit = machine.load(address + "/")
        print(f"{'yardstick':24} {limit.per_second:8.1f} req/s   p95 {limit.p95:7.1f} ms")
        with machine.web("wsgi:app", shop.env) as (address, master):
            for name, path in paths(shop).items():
                measured = machine.load(address + path, cookie)
                share = measured.per_second / limit.per_second
                met = share >= GOAL_SHARE and measured.p95 <= GOAL_P95_MS and not measured.errors
                print(
                    f"{name:24} {measured.per_second:8.1f} req/s   p95 {measured.p95:7.1f} ms   {share:5.2f} of the"
                    f" yardstick (goal {GOAL_SHARE})   {measured.errors} errors   {'ok' if met else 'MISSED'}",
                    flush=True,
                )
            memory = machine.resident_megabytes(master)
        verdict = "ok" if max(memory) <= GOAL_MEGABYTES else "MISSED"
        print(f"web processes hold {memory} MB (goal {GOAL_MEGABYTES})   {verdict}")


if __name__ == "__main__":
    main()
