"""Filters on 100,000 customers and 1,000,000 transactions, each beside the same question as hand-written SQL.

Goals: a count of a tree of three clauses under 300 ms; of one with a sum over 90 days, a country and a
segment under 500 ms; each at most 1.3 times the hand-written statement. One customer is judged in
memory under 1 ms.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from app.core.db import db
from app.engine.filters import facts, memory, spans, sql, tree
from app.engine.filters.queries import here_and_now
from app.people.models import Customer
from app.segments import membership
from app.segments.models import Segment
from benchmarks import machine

GOAL_RATIO = 1.3
GOAL_JUDGE_MS = 1.0
ROUNDS = 7
SEGMENT_ID = UUID(int=1)
CALLED_SEVERAL = {"f": "last_name", "op": "starts", "v": "m"}

QUESTIONS: dict[str, tuple[float, dict[str, Any], str]] = {
    "three clauses": (
        300,
        {
            "all": [
                {"f": "country", "op": "in", "v": ["United Kingdom"]},
                {"any": [{"f": "stage", "op": "in", "v": ["lead"]}, {"f": "last_name", "op": "starts", "v": "m"}]},
                {"not": {"f": "source", "op": "is", "v": "newsletter"}},
            ]
        },
        """
        SELECT count(*) FROM customers WHERE country = 'United Kingdom'
          AND (stage = 'lead' OR starts_with(lower(last_name), 'm')) AND (lower(source) = 'newsletter') IS NOT TRUE
        """,
    ),
    "country and sum": (
        500,
        {
            "all": [
                {"f": "country", "op": "in", "v": ["United Kingdom"]},
                {"agg": "sum", "of": "items.amount", "window": {"last": "90d"}, "op": "ge", "v": 10000},
            ]
        },
        """
        SELECT count(*) FROM customers LEFT JOIN (
            SELECT customer_id, sum(CASE WHEN currency = 'GBP' THEN amount_minor END) AS spent
            FROM transactions WHERE at >= :since AND at <= :now GROUP BY customer_id
        ) AS bought ON bought.customer_id = customers.person_id
        WHERE country = 'United Kingdom' AND spent >= 10000
        """,
    ),
    "sum over 90 days": (
        500,
        {
            "all": [
                {"f": "country", "op": "in", "v": ["United Kingdom"]},
                {"agg": "sum", "of": "items.amount", "window": {"last": "90d"}, "op": "ge", "v": 10000},
                {"agg": "count", "of": "items", "window": {"last": "14d"}, "op": "is", "v": 0},
                {"in": "segment", "v": str(SEGMENT_ID)},
            ]
        },
        """
        SELECT count(*) FROM customers LEFT JOIN (
            SELECT customer_id, sum(CASE WHEN currency = 'GBP' THEN amount_minor END) AS spent,
                   count(*) FILTER (WHERE at >= :lately) AS lately
            FROM transactions WHERE at >= :since AND at <= :now GROUP BY customer_id
        ) AS bought ON bought.customer_id = customers.person_id
        WHERE country = 'United Kingdom' AND spent >= 10000 AND coalesce(lately, 0) = 0
          AND person_id IN (SELECT person_id FROM segment_members WHERE segment_id = :segment)
        """,
    ),
}


def main() -> None:
    """Print each question's time beside the hand-written one, and how long one customer takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    with machine.shop(parser.parse_args().customers) as shop, shop.app.app_context():
        measure()


def measure() -> None:
    """Ask the questions of the present shop."""
    db.session.add(Segment(segment_id=SEGMENT_ID, name="Of a letter", mode="static", tree=CALLED_SEVERAL))
    db.session.flush()
    membership.refresh(db.session.get_one(Segment, SEGMENT_ID))
    db.session.commit()
    db.session.execute(text("ANALYZE segment_members"))
    for name, (goal, asked, by_hand) in QUESTIONS.items():
        _compare(name, goal, asked, by_hand)
    _judge()


def _compare(name: str, goal: float, asked: dict[str, Any], by_hand: str) -> None:
    wanted, moment = tree.read("customer", asked), here_and_now()
    known = {
        "since": spans.shift(moment, "90d"),
        "lately": spans.shift(moment, "14d"),
        "now": moment.now,
        "segment": SEGMENT_ID,
    }
    named = {name: value for name, value in known.items() if f":{name}" in by_hand}

    def count() -> int:
        everybody = select(func.count()).select_from(Customer)
        return db.session.scalar(sql.narrow(everybody, wanted, moment)) or 0

    def count_by_hand() -> int:
        return db.session.scalar(text(by_hand), named) or 0

    assert count() == count_by_hand(), name
    ours, theirs = _median(count), _median(count_by_hand)
    ratio = ours / theirs
    met = ours <= goal and ratio <= GOAL_RATIO
    print(
        f"{name:20} {count():8,} customers in {ours:7.1f} ms   by hand {theirs:7.1f} ms   {ratio:5.2f} times"
        f" (goals {goal:.0f} ms, {GOAL_RATIO})   {'ok' if met else 'MISSED'}",
        flush=True,
    )


def _judge() -> None:
    _goal, asked, _by_hand = QUESTIONS["sum over 90 days"]
    wanted, moment = tree.read("customer", asked), here_and_now()
    person_id = db.session.scalar(text("SELECT customer_id FROM receipts ORDER BY at DESC LIMIT 1"))
    known = facts.fetch(wanted, person_id, moment)
    assert known is not None
    judged = _median(lambda: memory.evaluate(wanted, known, moment))
    fetched = _median(lambda: facts.fetch(wanted, person_id, moment))
    print(
        f"{'one customer':20} judged in {judged:.3f} ms (goal {GOAL_JUDGE_MS}), what is known of them read in"
        f" {fetched:.1f} ms   {'ok' if judged <= GOAL_JUDGE_MS else 'MISSED'}"
    )


def _median(work: Callable[[], object]) -> float:
    """Milliseconds, of several rounds."""
    taken = []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
