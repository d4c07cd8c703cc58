"""Duplicates among many customers: the search among everybody, the list, one new customer, a merge and its undo.

Goals: 100,000 customers compared in under 30 seconds; who is new in under 100 ms; a merge in half a second.
"""

import argparse
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import select, text

from app.core.access import SYSTEM
from app.core.db import db, limited
from app.people.duplicates import actions, finding, queries
from app.people.models import Customer
from benchmarks import machine

Answer = TypeVar("Answer")


def timed(what: str, act: Callable[[], Answer], goal: float) -> Answer:
    """Do it once, and say how long it took."""
    started = time.perf_counter()
    answer = act()
    db.session.commit()
    seconds = time.perf_counter() - started
    print(f"{what:<28}{seconds * 1000:10,.0f} ms   goal {goal * 1000:,.0f}   {'ok' if seconds < goal else 'MISSED'}")
    return answer


def find_all() -> int:
    """As the nightly job does."""
    with limited(statement_timeout=finding.LONGEST, work_mem="64MB"):
        return finding.find_all()


def main() -> None:
    """Fill a company and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    with machine.shop(parser.parse_args().customers) as shop, shop.app.app_context():
        ids = db.session.scalars(select(Customer.person_id).limit(2)).all()
        scan = "SELECT count(*), min(similarity(first_name || last_name, 'Ada Lovelace')) FROM customers"
        timed("one look at every name", lambda: db.session.execute(text(scan)).all(), 10)
        count = timed("everybody compared", find_all, 30)
        print(f"{count:,} pairs")
        timed("one who is new", lambda: finding.find_for(ids[:1]), 0.1)
        timed("first page of pairs", lambda: queries.list_pairs(SYSTEM), 0.2)
        made = timed("a merge of two", lambda: actions.merge(ids, winner_id=ids[0], chosen={}, actor=SYSTEM), 0.5)
        timed("its undo", lambda: actions.undo(made, actor=SYSTEM), 0.5)


if __name__ == "__main__":
    main()
