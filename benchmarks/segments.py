"""A segment of most of 100,000 customers, or of a twelfth of many more: filled, refreshed, and asked about a few.

Goals: all members under 5 s, 1,000 changes under 1 s; each beside the bare question of who passes.
"""

import argparse
import time
from typing import Any

from sqlalchemy import func, select, text

from app.core.access import SYSTEM
from app.core.db import db
from app.engine.filters import sql
from app.engine.filters.queries import here_and_now
from app.people.models import Customer
from app.segments import actions, membership
from app.segments.actions import SegmentDetails
from benchmarks import machine

GOAL_WHOLE_SECONDS = 5.0
GOAL_CHANGES_SECONDS = 1.0
WHERE = {
    "any": [
        {"agg": "count", "of": "purchases", "window": {"last": "1y"}, "op": "ge", "v": 1},
        {"not": {"f": "country", "op": "in", "v": ["Spain"]}},
    ]
}
A_TWELFTH = {"f": "last_name", "op": "starts", "v": "m"}
MOVE = """
UPDATE customers SET country = 'Spain'
WHERE person_id IN (SELECT person_id FROM customers WHERE last_name LIKE 'M%' LIMIT 1000)
"""


def main() -> None:
    """Print how long each refresh takes, beside the question alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    customers = parser.parse_args().customers
    with machine.shop(customers) as shop, shop.app.app_context():
        measure(WHERE if customers <= 100_000 else {"all": [A_TWELFTH, WHERE]})


def measure(where: dict[str, Any]) -> None:
    """Fill, refresh and ask in the present shop."""
    started = time.perf_counter()
    segment = actions.create(SegmentDetails("Many", where), actor=SYSTEM)
    db.session.commit()
    _print("filled", time.perf_counter() - started, GOAL_WHOLE_SECONDS, f"{segment.member_count:,} members")
    db.session.execute(text(MOVE))
    db.session.commit()
    started = time.perf_counter()
    changed = membership.refresh(segment)
    db.session.commit()
    _print("after 1,000 changes", time.perf_counter() - started, GOAL_CHANGES_SECONDS, str(changed))
    for many in (1_000, 1):
        touched = db.session.scalars(select(Customer.person_id).limit(many)).all()
        membership.touch(touched)
        db.session.commit()
        started = time.perf_counter()
        membership.catch_up()
        _print(f"{many:,} touched", time.perf_counter() - started, GOAL_CHANGES_SECONDS, "asked about alone")
    started = time.perf_counter()
    passing = sql.ids(membership.filter_of(segment), here_and_now()).subquery()
    db.session.scalar(select(func.count()).select_from(passing))
    print(f"{'the question alone':20} {time.perf_counter() - started:6.2f} s")


def _print(name: str, seconds: float, goal: float, what: str) -> None:
    print(f"{name:20} {seconds:6.2f} s (goal {goal} s)   {what}   {'ok' if seconds <= goal else 'MISSED'}", flush=True)


if __name__ == "__main__":
    main()
