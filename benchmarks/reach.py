"""A million messages: from the launch to the last row that says it was sent, beside what this machine allows.

`in_app`: letters, visible under the bell; the limit is one bare INSERT ... SELECT of the same rows.
Meanwhile somebody asks for a code twice a second, in the critical lane.
`batch`: to a program that takes a hundred in a request, with consent and caps asked of everybody; the limit is the
same requests alone.
`email`: mails of 1.2 KB, text and HTML, put together for each, to Postfix's `smtp-sink`; the limits are its
`smtp-source` alone, and one loop that says as long a mail again and again. `sheet`: the same on the designed sheet,
which makes 2.4 KB of them. Mail waits for its server: one sending worker more than for the others.
`scaling`: letters by one sending worker and by two, once it is settled who gets one.
Goals: at most 30 s for a million letters or a million in batches, letters at most 4 times the limit; 60 s for a
million mails; 2 s for a code; two workers 1.6 times as fast as one.
"""

import argparse
import contextlib
import json
import multiprocessing
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import psutil
import rq
from flask import Flask
from sqlalchemy import func, select, text

from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db
from app.core.partitions import make_coming_partitions
from app.core.redis import redis
from app.engine.notices.models import Notice
from app.people.consent import actions as consent
from app.people.models import Customer
from app.reach import actions, receiving, runs
from app.reach.actions import TaskDetails
from app.reach.channels.models import Provider
from app.reach.messages.models import MessageType, Template, TemplateVersion
from app.reach.models import Cap, Chunk, Received, Run, Step, TouchTask, Trigger
from benchmarks import machine
from benchmarks.machine import Shop
from benchmarks.program import listen
from worker import CLOCK_LOCK

QUIET_SECONDS = 3.0
GOAL_SECONDS = 30.0
GOAL_TIMES = 4.0
GOAL_MAIL_SECONDS = 60.0
GOAL_URGENT_SECONDS = 2.0
GOAL_SCALING = 1.6
MAIL_BYTES = {"plain": 1_200, "sheet": 2_400}
SECRET = "a secret for the benchmark"
GOAL_WORKER_MEGABYTES = 200
GOAL_REDIS_MEGABYTES = 64
WORDS = "Dear {customer.first_name|friend}, the new lamps are here: brass, glass and walnut. Come and see them."
CONTENTS = {"in_app": {"en": {"title": "New lamps for {customer.first_name|you}", "body": WORDS, "url": "/portal"}}}
MAIL = {
    "subject": "New lamps for {customer.first_name|you}",
    "body": "Dear {customer.name|friend},\n\nthe new lamps are here: brass, glass and walnut. Come and see.",
}

# People as they are after an import: names, addresses, consent of nine in ten. What triggers would do is done at once.
REGISTRY = """
INSERT INTO person_registry (person_id, kind, email_key) SELECT person_id, 'customer', lower(email) FROM customers
"""
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
    make_coming_partitions()  # as the clock does, hours before
    wording_id = consent.current_wording("marketing").wording_id
    for statement, values in ((PEOPLE, {"many": many}), (REGISTRY, {}), (CONSENTS, {"wording_id": wording_id})):
        db.session.execute(text("SET LOCAL statement_timeout = 0"))
        db.session.execute(text("SET LOCAL session_replication_role = replica"))
        db.session.execute(text(statement), values)
        db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))  # writing them out is not what is measured
    print(f"{many:,} customers in {time.perf_counter() - started:.0f} s", flush=True)


def make_task(channel: str, contents: dict[str, object], purpose: str, lane: str = "bulk", **more: Any) -> int:
    """A task that says something, to everybody unless it says otherwise, ready to go."""
    key, _dash, _number = purpose.partition("-")
    kind = MessageType(key=f"{channel}-{purpose}", name=channel, purpose=key, lane=lane, lives_minutes=1440)
    db.session.add(kind)
    db.session.flush()
    template = Template(name=channel, message_type_id=kind.message_type_id)
    db.session.add(template)
    db.session.flush()
    db.session.add(TemplateVersion(template_id=template.template_id, number=1, contents=contents))
    db.session.flush()
    details = TaskDetails(f"A million by {channel}", template.template_id, (channel,), **more)
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
        _wait_until_ready(len(roles))
        yield [psutil.Process(one.pid) for one in started]
    finally:
        for one in started:
            one.terminate()
        for one in started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                one.wait(15)
            if one.poll() is None:
                one.kill()


def _wait_until_ready(many: int) -> None:
    """Until the workers listen, the clock leads, and what it has done once a day is done."""
    leads = text("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = :lock AND granted)")
    is_quiet = text("SELECT NOT EXISTS (SELECT FROM jobs WHERE state IN ('queued', 'running'))")
    quiet_since = time.perf_counter()
    for _attempt in range(6000):
        is_led = db.session.scalar(leads, {"lock": CLOCK_LOCK})
        is_here = is_led and len(rq.Worker.all(connection=redis.client)) >= many - 1
        if not is_here or not db.session.scalar(is_quiet):
            quiet_since = time.perf_counter()
        db.session.rollback()
        if time.perf_counter() - quiet_since > QUIET_SECONDS:
            return
        time.sleep(0.1)
    raise TimeoutError("the workers do not start")


def run(
    task_id: int, processes: list[psutil.Process], begin: Callable[..., None] = actions.launch, patience: float = 600
) -> tuple[float, dict[str, float]]:
    """Let a task go; returns the seconds until the last message was marked as sent, and what was used meanwhile."""
    used = {"worker_mb": 0.0, "redis_mb": 0.0}
    before = sum(sum(one.cpu_times()[:2]) for one in processes)
    started, launched_at = time.perf_counter(), now()
    begin(db.session.get_one(TouchTask, task_id), actor=SYSTEM)
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
            marked = select(func.max(Chunk.finished_at)).join(Run, Run.run_id == Chunk.run_id)
            last = db.session.scalars(marked.where(Run.task_id == task_id)).one()
            used["expanded"] = expanded
            used["cpu"] = sum(sum(one.cpu_times()[:2]) for one in processes) - before
            return (last - launched_at).total_seconds(), used
        time.sleep(0.1)
    raise TimeoutError(state)


def bare(table: str) -> float:
    """Seconds for the same rows by one statement into a table with the same indexes."""
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    db.session.execute(text(f"CREATE TABLE bare (LIKE {table} INCLUDING ALL)"))
    started = time.perf_counter()
    db.session.execute(text(f"INSERT INTO bare SELECT * FROM {table}"))
    db.session.commit()
    seconds = time.perf_counter() - started
    db.session.execute(text("DROP TABLE bare"))
    db.session.commit()
    return seconds


def tell(name: str, many: int, seconds: float, used: dict[str, float], goal: float) -> None:
    """Print one figure with what it took."""
    met = "ok" if seconds <= goal else "MISSED"
    print(
        f"{name:12} {many:,} in {seconds:6.1f} s (goal {goal:.0f}; {many / seconds:,.0f} a second)   {met}\n"
        f"{'':12} all expanded after {used['expanded']:.1f} s, workers' CPU {used['cpu']:.1f} s",
        flush=True,
    )
    print(
        f"{'':12} largest worker {used['worker_mb']:.0f} MB (goal {GOAL_WORKER_MEGABYTES}),"
        f" Redis {used['redis_mb']:.0f} MB (goal {GOAL_REDIS_MEGABYTES})",
        flush=True,
    )


def letters(many: int, shop: Shop, bulk_workers: int) -> None:
    """Letters to everybody, while others wait for an answer within seconds."""
    task_id = make_task("in_app", CONTENTS, "marketing")
    make_urgent()
    with workers(shop.env, *["bulk"] * bulk_workers, "critical", "clock") as processes, asking(shop.app):
        seconds, used = run(task_id, processes)
    sent = db.session.scalar(select(func.sum(Chunk.sent)).join(Run).where(Run.task_id == task_id)) or 0
    run_id = db.session.scalar(select(Run.run_id).where(Run.task_id == task_id))
    its = Notice.key.like(f"r{run_id}-%")
    found = db.session.scalar(select(func.count()).select_from(Notice).where(its)) or 0
    assert found == sent, (found, sent)
    tell("in_app", found, seconds, used, GOAL_SECONDS)
    limit = bare("notices")
    met = "ok" if seconds <= limit * GOAL_TIMES else "MISSED"
    print(
        f"{'':12} bare INSERT ... SELECT of the letters {limit:.1f} s:"
        f" {seconds / limit:.1f} times (goal {GOAL_TIMES:.0f})   {met}",
        flush=True,
    )
    whole = limit + bare("reach_deliveries") + bare("reach_steps")
    print(
        f"{'':12} of the letters, who was meant and what became of each {whole:.1f} s: {seconds / whole:.1f} times",
        flush=True,
    )
    tell_urgent()


def make_urgent() -> None:
    """A task of the critical lane that answers an event of the shop's own."""
    answers = {"timing": "event", "event_type": "received.code.asked"}
    task_id = make_task("in_app", CONTENTS, "transactional", "critical", **answers)
    actions.launch(db.session.get_one(TouchTask, task_id), actor=SYSTEM)
    db.session.commit()


@contextlib.contextmanager
def asking(app: Flask) -> Iterator[None]:
    """Tell twice a second that somebody asked for a code."""
    stop = threading.Event()

    def ask() -> None:
        with app.app_context():
            people = db.session.scalars(select(Customer.person_id).limit(500)).all()
            db.session.rollback()
            for person_id in people:
                if stop.wait(0.5):
                    return
                receiving.receive([{"name": "code.asked", "customer_id": str(person_id)}])

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        yield
    finally:
        stop.set()
        asker.join()


def tell_urgent() -> None:
    """How long they waited, from the event to the letter."""
    waited = select(func.extract("epoch", Step.at - Received.received_at)).join(
        Trigger, (Trigger.run_id == Step.run_id) & (Trigger.person_id == Step.person_id)
    )
    waited = waited.join(Received, Received.uid == Trigger.event_uid)
    found = sorted(float(seconds) for seconds in db.session.scalars(waited))
    p95 = found[int(len(found) * 0.95)]
    met = "ok" if p95 <= GOAL_URGENT_SECONDS else "MISSED"
    print(f"{'critical':12} {len(found)} meanwhile, p95 {p95:.2f} s (goal {GOAL_URGENT_SECONDS})   {met}", flush=True)


def emails(many: int, shop: Shop, bulk_workers: int, look: str = "plain") -> None:
    """Mails put together for each, to Postfix's sink; beside Postfix's own source of mails as long."""
    size = MAIL_BYTES[look]
    with sink() as port:
        limit, bare_limit = source(port, min(many, 100_000), size), bare_mails(port, min(many, 50_000), size)
        words = MAIL | ({"look": look} if look == "plain" else {})
        task_id = make_task("email", {"email": {"en": words}}, f"service-{look}")
        with workers(
            {**shop.env, "SMTP_URL": f"smtp://127.0.0.1:{port}"}, *["bulk"] * (bulk_workers + 1), "clock"
        ) as processes:
            seconds, used = run(task_id, processes)
    sent = db.session.scalar(select(func.sum(Chunk.sent)).join(Run).where(Run.task_id == task_id)) or 0
    tell(f"email {look}", sent, seconds, used, GOAL_MAIL_SECONDS)
    print(f"{'':12} smtp-source alone {limit:,.0f} a second: {sent / seconds / limit:.2f} of it", flush=True)
    print(f"{'':12} a bare loop {bare_limit:,.0f} a second: {sent / seconds / bare_limit:.2f} of it", flush=True)


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """A server that takes every mail and forgets it."""
    if shutil.which("smtp-sink") is None:
        raise SystemExit("smtp-sink is not installed (Debian: apt-get install postfix).")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = subprocess.Popen(["smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "256"], stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        yield port
    finally:
        started.terminate()
        started.wait(10)


def source(port: int, many: int, size: int) -> float:
    """Mails a second that Postfix's own source hands to the sink."""
    started = time.perf_counter()
    subprocess.run(
        ["smtp-source", "-s", "8", "-m", str(many), "-l", str(size), "-d", f"127.0.0.1:{port}"],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return many / (time.perf_counter() - started)


def bare_mails(port: int, many: int, size: int) -> float:
    """Mails a second that a loop hands to the sink over one connection, each offered behind the one before."""
    offer = b"MAIL FROM:<hello@lotus.example>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n"
    mail = b"Subject: New lamps\r\n\r\n" + b"The new lamps are here.\r\n" * (size // 25) + b".\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as replies:
        connection.sendall(b"HELO bench\r\n" + offer)
        started = time.perf_counter()
        for _mail in range(many):
            while not replies.readline().startswith(b"354"):
                pass
            connection.sendall(mail + offer)
        return many / (time.perf_counter() - started)


def batches(many: int, shop: Shop, bulk_workers: int) -> None:
    """Messages to a program that takes a hundred in a request, with consent and caps asked of everybody."""
    db.session.add(Cap(purpose="marketing", most=50, days=7))
    with program() as (url, taken):
        provider = {"strategy": "webhook", "channel": "webhook", "name": "Bench", "settings": {"url": url}}
        row = Provider(**provider)
        row.secrets = json.dumps({"secret": SECRET})
        db.session.add(row)
        db.session.flush()
        task_id = make_task("webhook", {"webhook": {"en": {"title": "New lamps", "body": WORDS}}}, "marketing")
        with workers({**shop.env, "PRIVATE_HOSTS": "127.0.0.1"}, *["bulk"] * bulk_workers, "clock") as processes:
            seconds, used = run(task_id, processes)
        heard = taken()
    sent = db.session.scalar(select(func.sum(Chunk.sent)).join(Run).where(Run.task_id == task_id)) or 0
    assert heard == sent, (heard, sent)
    tell("batch", sent, seconds, used, GOAL_SECONDS)
    with program() as (url, _taken):
        limit = bare_requests(url)
    print(f"{'':12} its program alone {limit:,.0f} a second: {sent / seconds / limit:.2f} of it", flush=True)


@contextlib.contextmanager
def program() -> Iterator[tuple[str, Callable[[], int]]]:
    """A program of the shop's, in a process of its own, that counts what it is told."""
    context = multiprocessing.get_context("spawn")
    port, count = context.Queue(), context.Value("q", 0)
    process = context.Process(target=listen, args=(port, count), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{port.get(timeout=60)}/messages", lambda: count.value
    finally:
        process.terminate()
        process.join(10)


def bare_requests(url: str) -> float:
    """Messages a second that one bare client hands to the program, a hundred at a time."""
    told = [
        {"id": f"r1-{n}", "customer_id": str(n), "parts": {"title": "New lamps", "body": WORDS}} for n in range(100)
    ]
    body = json.dumps({"messages": told}).encode()
    started = time.perf_counter()
    with httpx.Client(trust_env=False) as client:
        for _time in range(500):
            client.post(url, content=body)
    return 50_000 / (time.perf_counter() - started)


def start_afresh() -> None:
    """Take away what was sent, so that who comes second finds the tables as the first did."""
    db.session.execute(text("TRUNCATE notices, reach_deliveries, reach_steps"))
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))


def settle(task_id: int) -> None:
    """Launch a task, settle who gets what, and have it wait."""
    task = db.session.get_one(TouchTask, task_id)
    actions.launch(task, actor=SYSTEM)
    db.session.commit()
    runs.expand_one(db.session.scalars(select(Run.run_id).where(Run.task_id == task_id)).one())
    actions.pause(task, actor=SYSTEM)
    db.session.commit()


def scaling(many: int, shop: Shop, _bulk_workers: int) -> None:
    """The same letters by one sending worker and by two."""
    seconds = []
    for number in (1, 2):
        start_afresh()
        task_id = make_task("in_app", CONTENTS, f"service-{number}")
        settle(task_id)
        with workers(shop.env, *["bulk"] * number, "clock") as processes:
            took, _used = run(task_id, processes, actions.resume)
        seconds.append(took)
    times = seconds[0] / seconds[1]
    met = "ok" if times >= GOAL_SCALING else "MISSED"
    print(
        f"{'2nd worker':12} {many:,} sent in {seconds[0]:.1f} s by one and {seconds[1]:.1f} s by two:"
        f" {times:.2f} times (goal {GOAL_SCALING})   {met}",
        flush=True,
    )


KINDS = {
    "in_app": letters,
    "batch": batches,
    "email": emails,
    "sheet": partial(emails, look="sheet"),
    "scaling": scaling,
}


def main() -> None:
    """Print each figure beside its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", nargs="?", choices=[*KINDS, "all"], default="all")
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    with machine.shop(0) as shop, shop.app.app_context():
        make_people(asked.people)
        print(f"{asked.workers} sending workers", flush=True)
        for name, measure in KINDS.items():
            if asked.kind in (name, "all"):
                measure(asked.people, shop, asked.workers)


if __name__ == "__main__":
    main()
