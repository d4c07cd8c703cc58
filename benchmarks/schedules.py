"""Thousands of schedules due at the same moment, by the real tick, beside a bare INSERT ... SELECT of as many rows.

Goal: 10,000 due schedules started within 5 s: each has its run and its job in the database, and its doorbell has rung.
"""

import argparse
import time

from rq import Queue
from sqlalchemy import text

from app.core.clock import now
from app.core.db import db, new_id
from app.core.redis import redis
from app.engine.schedules import ticks
from benchmarks import machine

GOAL_SECONDS = 5.0

BARE = text(
    "INSERT INTO bare SELECT gen_random_uuid(), schedule_id, next_due_at, false, 'queued', 0, now() FROM schedules"
)
# Each its own minute of the day, in four zones; one in ten by a calendar rule that began a year ago.
SCHEDULES = text(
    """
    INSERT INTO schedules (schedule_id, name, job, payload, rule_kind, rule_text, time_zone, starts_at, next_due_at,
        misfire, grace_seconds, overlap, owner_kind, owner_id, created_at)
    SELECT id, 'Schedule ' || n, 'people.remind', '{"words": "x", "whom": "admin"}',
        CASE WHEN n % 10 = 0 THEN 'rrule' ELSE 'cron' END,
        CASE WHEN n % 10 = 0 THEN 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;BYHOUR=' || n % 24 || ';BYMINUTE=' || n % 60
             ELSE n % 60 || ' ' || n % 24 || ' * * ' || n % 7 END,
        (ARRAY['Europe/London', 'America/New_York', 'Asia/Shanghai', 'UTC'])[n % 4 + 1],
        :now - interval '1 year', :now, 'once', 300, 'skip', 'benchmark', gen_random_uuid(), :now
    FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS made (id, n)
    """
)


def bare() -> float:
    """Seconds to write as many rows, of a run's width, by one statement and one commit."""
    columns = "run_id uuid PRIMARY KEY, schedule_id uuid, due_at timestamptz, is_by_hand boolean, state text"
    db.session.execute(text(f"CREATE TABLE bare ({columns}, attempt integer, created_at timestamptz)"))
    db.session.commit()
    started = time.perf_counter()
    db.session.execute(BARE)
    db.session.commit()
    return time.perf_counter() - started


def main() -> None:
    """Start them all and print how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=10_000)
    number = parser.parse_args().schedules
    with machine.shop(0) as shop, shop.app.app_context():
        db.session.execute(SCHEDULES, {"now": now(), "ids": [new_id() for _schedule in range(number)]})
        db.session.commit()
        db.session.execute(text("ANALYZE schedules"))
        alone = bare()
        started = time.perf_counter()
        queued = 0
        while made := ticks.tick():
            queued += made
        seconds = time.perf_counter() - started
        counts = db.session.execute(
            text(
                "SELECT (SELECT count(*) FROM schedule_runs), (SELECT count(*) FROM jobs),"
                " (SELECT count(*) FROM events)"
            )
        ).one()
        rung = Queue("default", connection=redis.client).count
        started = time.perf_counter()
        ticks.tick()
        quiet = time.perf_counter() - started
    print(f"bare INSERT ... SELECT  {alone:6.2f} s   {number / alone:10,.0f} rows/s")
    goal = number / 10_000 * GOAL_SECONDS
    print(
        f"started                 {seconds:6.2f} s   {queued / seconds:10,.0f} a second   {seconds / alone:.0f} x bare"
        f"   goal {goal:.0f} s   {'ok' if seconds < goal else 'MISSED'}"
    )
    print(f"a tick with nothing due {quiet * 1000:6.1f} ms, while {number:,} runs wait")
    whole = tuple(counts) == (number, number, number) and rung == number == queued
    print(
        f"runs, jobs, events, rings: {counts[0]:,} {counts[1]:,} {counts[2]:,} {rung:,}   {'ok' if whole else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
