"""The funnel of 100,000 customers over a month, a quarter and two years, each beside a bare scan of what it counts.

Goal: whatever a page may not count within its budget is left to a job; nothing takes a job over ten seconds.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text

from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db
from app.engine.answers import queries as answers
from app.insights.funnel import question
from app.insights.periods import Period
from benchmarks import machine

GOAL_SECONDS = 10.0
ROUNDS = 3
SCAN = text(
    "SELECT count(DISTINCT stage_changes.person_id) FROM stage_changes JOIN customers USING (person_id)"
    " WHERE at >= :start AND erased_at IS NULL"
)


def main() -> None:
    """Print how long each period takes, beside the scan, and who counts it: the page or a job."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    with machine.shop(parser.parse_args().customers, per_customer=1) as shop, shop.app.app_context():
        for days in (30, 90, 730):
            _measure(days)


def _measure(days: int) -> None:
    today = now().date()
    period = Period(today - timedelta(days=days - 1), today, ZoneInfo("Europe/London"))
    asked = question(SYSTEM, period)
    ours = _median(lambda: answers.count(asked, answers.JOB_BUDGET_MS))
    scan = _median(lambda: db.session.scalar(SCAN, {"start": period.start}))
    in_page = answers.count(asked, answers.PAGE_BUDGET_MS) is not None
    print(
        f"{days:4} days {ours:6.2f} s (goal {GOAL_SECONDS:.0f} s)   scan {scan:6.2f} s   {ours / scan:5.2f} times   "
        f"{'counted by the page' if in_page else 'counted by a job'}   {'ok' if ours <= GOAL_SECONDS else 'MISSED'}",
        flush=True,
    )


def _median(work: Callable[[], object]) -> float:
    """Seconds, of several rounds."""
    taken = []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
