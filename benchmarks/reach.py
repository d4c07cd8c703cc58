"""A million messages: from the launch to the last row that says it was sent, beside what this machine allows.

`in_app`: letters, visible under the bell; the limit is one bare INSERT ... SELECT of the same rows.
`batch`: to a provider that takes batches, with consent and caps asked of everybody; the limit is its own program alone.
Goals: at most 30 s for a million, and for letters at most 4 times the limit.
"""

import argparse
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
from sqlalchemy import func, select, text

from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db
from app.core.redis import redis
from app.engine.notices.models import Notice
from app.people.consent import actions as consent
from app.reach import actions
from app.reach.actions import TaskDetails
from app.reach.messages.models import MessageType, Template, TemplateVersion
from app.reach.models import Chunk, Run
from benchmarks import machine

GOAL_SECONDS = 30.0
GOAL_TIMES = 4.0
GOAL_WORKER_MEGABYTES = 200
GOAL_REDIS_MEGABYTES = 64
WORDS = "Dear {customer.first_name|friend}, the new lamps are here: brass, glass and walnut. Come and see them."
CONTENTS = {"in_app": {"en": {"title": "New lamps for {customer.first_name|you}", "body": WORDS, "url": "/portal"}}}

# People as they are after an import: names, addresses, consent of nine in ten.
PEOPLE = """
INSERT INTO customers (person_id, kind, first_name, last_name, email, locale, time_zone, created_at, version, stage,
    source, country, custom)
SELECT uuidv7(), 'customer', 'Ada' || n % 997, 'Lovelace' || n, 'ada' || n || '@example.com', 'en', '', now(), 1,
    'customer', '', 'Norway', '{}'
FROM generate_series(1, :many) AS n
"""
CONSENTS = """
INSERT INTO consents (consent_id, person_id, channel, purpose, state, happened_at, recorded_at, wording_id, source,
    source_text, ip)
SELECT uuidv7(), person_id, 'in_app', 'marketing', CASE WHEN n % 10 = 0 THEN 'withdrawn' ELSE 'granted' END,
    now(), now(), :wording_id, 'import', '', ''
FROM (SELECT person_id, row_number() OVER () AS n FROM customers) AS people
"""


def make_people(many: int) -> None:
    """So many customers who may be written to."""
    started = time.perf_counter()
    wording_id = consent.current_wording("marketing").wording_id
    for statement, values in ((PEOPLE, {"many": many}), (CONSENTS, {"wording_id": wording_id})):
        db.session.execute(text("SET LOCAL statement_timeout = 0"))
        db.session.execute(text(statement), values)
        db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    print(f"{many:,} customers in {time.perf_counter() - started:.0f} s", flush=True)


def make_task(channel: str, contents: dict[str, object], purpose: str, lane: str = "bulk") -> int:
    """A task that says something to everybody, ready to go."""
    kind = MessageType(key=f"{channel}-{purpose}", name=channel, purpose=purpose, lane=lane, lives_minutes=1440)
    db.session.add(kind)
    db.session.flush()
    template = Template(name=channel, message_type_id=kind.message_type_id)
    db.session.add(template)
    db.session.flush()
    db.session.add(TemplateVersion(template_id=template.template_id, number=1, contents=contents))
    db.session.flush()
    details = TaskDetails(f"A million by {channel}", template.template_id, (channel,))
    task = actions.create(details, actor=SYSTEM)
    db.session.commit()
    return task.id


@contextlib.contextmanager
def workers(env: dict[str, str], *roles: str) -> Iterator[list[psutil.Process]]:
    """Workers and the clock, each a process of its own, ready for work."""
    started = [
        subprocess.Popen([sys.executable, "worker.py", role], env=env, cwd=machine.ROOT, stdout=subprocess.DEVNULL)
        for role in roles
    ]
    try:
        time.sleep(6)  # they import the application
        yield [psutil.Process(one.pid) for one in started]
    finally:
        for one in started:
            one.terminate()
        for one in started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                one.wait(15)
            if one.poll() is None:
                one.kill()


def run(task_id: int, processes: list[psutil.Process], patience: float = 600) -> tuple[float, dict[str, float]]:
    """Launch a task and wait for its end; returns the seconds that took, and what was used meanwhile."""
    used = {"worker_mb": 0.0, "redis_mb": 0.0}
    before = sum(sum(one.cpu_times()[:2]) for one in processes)
    started = time.perf_counter()
    actions.launch(db.session.get_one(actions.TouchTask, task_id), actor=SYSTEM)
    db.session.commit()
    expanded = 0.0
    while time.perf_counter() - started < patience:
        state, expanded_at = db.session.execute(select(Run.state, Run.expanded_at).where(Run.task_id == task_id)).one()
        db.session.rollback()
        if expanded_at and not expanded:
            expanded = time.perf_counter() - started
        used["worker_mb"] = max(used["worker_mb"], *(one.memory_info().rss / 2**20 for one in processes))
        used["redis_mb"] = max(used["redis_mb"], redis.client.info("memory")["used_memory"] / 2**20)
        if state == "done":
            used["expanded"] = expanded
            used["cpu"] = sum(sum(one.cpu_times()[:2]) for one in processes) - before
            return time.perf_counter() - started, used
        time.sleep(0.1)
    raise TimeoutError(state)


def bare_letters() -> float:
    """Seconds for the same rows by one statement into a table with the same indexes."""
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    db.session.execute(text("CREATE TABLE bare (LIKE notices INCLUDING ALL)"))
    started = time.perf_counter()
    db.session.execute(text("INSERT INTO bare SELECT * FROM notices"))
    db.session.commit()
    seconds = time.perf_counter() - started
    db.session.execute(text("DROP TABLE bare"))
    db.session.commit()
    return seconds


def tell(name: str, many: int, seconds: float, used: dict[str, float], goal: float) -> None:
    """Print one figure with what it took."""
    print(
        f"{name:12} {many:,} in {seconds:6.1f} s ({many / seconds:,.0f} a second; expanded after {used['expanded']:.1f} s,"
        f" workers' CPU {used['cpu']:.1f} s)   goal {goal:.0f} s   {'ok' if seconds <= goal else 'MISSED'}",
        flush=True,
    )
    print(
        f"{'':12} largest worker {used['worker_mb']:.0f} MB (goal {GOAL_WORKER_MEGABYTES}),"
        f" Redis {used['redis_mb']:.0f} MB (goal {GOAL_REDIS_MEGABYTES})",
        flush=True,
    )


def letters(many: int, env: dict[str, str], bulk_workers: int) -> None:
    """Letters to everybody."""
    task_id = make_task("in_app", CONTENTS, "marketing")
    with workers(env, *["bulk"] * bulk_workers, "clock") as processes:
        seconds, used = run(task_id, processes)
    found = db.session.scalar(select(func.count()).select_from(Notice)) or 0
    sent = db.session.scalar(select(func.sum(Chunk.sent))) or 0
    assert found == sent, (found, sent)
    tell("in_app", found, seconds, used, GOAL_SECONDS * found / 900_000 if many >= 1_000_000 else GOAL_SECONDS)
    limit = bare_letters()
    times = seconds / limit
    print(f"{'':12} bare INSERT ... SELECT {limit:.1f} s: {times:.1f} times (goal {GOAL_TIMES})", flush=True)


def main() -> None:
    """Print each figure beside its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    with machine.shop(0) as shop, shop.app.app_context():
        make_people(asked.people)
        print(f"{now():%Y-%m-%d %H:%M} {asked.workers} sending workers", flush=True)
        letters(asked.people, shop.env, asked.workers)


if __name__ == "__main__":
    main()
