"""The page of a company with 5,000 people, beside the bare page of the yardstick.

Goal: at least 0.4 of the yardstick's requests per second. What takes long stands for half a minute, so the
first look, which counts it, is told apart: it should stay below a second.
"""

import argparse
import time
import urllib.request

from sqlalchemy import text

from app.core.db import db
from benchmarks import machine

GOAL_SHARE = 0.4
GOAL_FIRST_SECONDS = 1.0
FILL = text(
    "UPDATE customers SET company_id = :firm WHERE person_id IN"
    " (SELECT DISTINCT customer_id FROM receipts ORDER BY customer_id LIMIT :people) RETURNING 1"
)


def main() -> None:
    """Print the share, and how long a first look takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=5_000)
    options = parser.parse_args()
    with machine.shop(options.customers) as shop:
        path = _fill(shop, options.people)
        cookie = machine.cookie_of(shop.app, "manager")
        limit = machine.yardstick(shop.env)
        with machine.web("wsgi:app", shop.env) as (address, _master):
            first = _first_look(address + path, cookie)
            pages = {f"with {options.people:,} people": path}
            machine.compare(address, pages, cookie, limit=limit, goal=GOAL_SHARE)
    print(f"first look {first:.2f} s (goal {GOAL_FIRST_SECONDS}) {'ok' if first <= GOAL_FIRST_SECONDS else 'MISSED'}")


def _fill(shop: machine.Shop, people: int) -> str:
    """Let so many customers who bought work for one company; returns its page."""
    with shop.app.app_context():
        firm = db.session.scalar(text("SELECT company_id FROM companies ORDER BY company_id LIMIT 1"))
        db.session.execute(text("UPDATE customers SET company_id = NULL WHERE company_id = :firm"), {"firm": firm})
        moved = len(db.session.execute(FILL, {"firm": firm, "people": people}).all())
        db.session.commit()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE customers"))
        assert moved == people, moved
        return f"/companies/{firm}"


def _first_look(url: str, cookie: str) -> float:
    started = time.perf_counter()
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Cookie": cookie}), timeout=60) as answer:
        assert answer.status == 200
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
