"""What happens to customers, told by programs: 1,000 connections that tell one event a second each, and batches.

Each event is a committed row before it is answered. Goals: no error, p95 at most 200 ms; in batches of 100 at least
30,000 a second. hey lets all its connections ask at the same moment of each second, so the thousand are those of twenty
that begin one after another; what comes of all at the same moment is told beside it. The limits of the machine: the
same requests to a bare application that only reads the body, and the same rows by one bare INSERT of a thousand at a
time.
"""

import argparse
import json
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import func, select, text

from app.accounts import sign_ins
from app.accounts.actions import api_keys
from app.core.db import db
from app.people.models import Customer, Employee
from app.reach.models import Received
from benchmarks import machine
from benchmarks.machine import Shop

CONNECTIONS = 1_000
GENERATORS = 20
SECONDS = 60
BURST_SECONDS = 5
GOAL_P95_MS = 200.0
GOAL_PER_SECOND = 30_000
IN_A_BATCH = 100
BARE = """
INSERT INTO reach_received (day, uid, name, person_id, occurred_at, received_at, facts)
SELECT current_date, uuidv7(), 'cart.abandoned', :person_id, now(), now(), '{"amount": "49.90", "items": 3}'
FROM generate_series(1, 1000)
"""


@dataclass(frozen=True)
class Told:
    """What hey measured. Units: requests a second, milliseconds."""

    per_second: float
    p95: float
    answers: Counter[str]
    errors: int

    @property
    def wrong(self) -> int:
        """What was not answered, or not with 200."""
        return self.errors + self.answers.total() - self.answers["200"]


def hey(url: str, secret: str, body: str, *options: str) -> Told:
    """Send the same POST again and again."""
    if shutil.which("hey") is None:
        raise SystemExit("hey is not installed (Debian: apt-get install hey).")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as written:
        written.write(body)
        written.flush()
        headers = ("-T", "application/json", "-H", f"Authorization: Bearer {secret}")
        command = ["hey", "-m", "POST", "-D", written.name, *headers, *options, url]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate, p95 = re.search(r"Requests/sec:\s+([\d.]+)", said), re.search(r"95% in ([\d.]+) secs", said)
    if rate is None or p95 is None:
        raise RuntimeError(said)
    answers = Counter({code: int(many) for code, many in re.findall(r"\[(\d{3})\]\s+(\d+) responses", said)})
    errors = sum(int(many) for many in re.findall(r"^\s+\[(\d+)\]\s+(?:Post|Get) ", said, re.MULTILINE))
    return Told(float(rate[1]), float(p95[1]) * 1000, answers, errors)


def key_of_manager() -> str:
    """A key that may tell what happens."""
    owner_id = db.session.scalar(select(Employee.person_id).where(Employee.role == "manager").limit(1))
    actor = sign_ins.actor_for(owner_id)
    assert actor is not None
    _key, secret = api_keys.create_key(actor=actor, name="shop", permissions=["reach.tell"], days=30)
    db.session.commit()
    return secret


def hey_spread(url: str, secret: str, body: str, seconds: int) -> Told:
    """A thousand connections that ask once a second each, a twentieth of them at a time; p95 is that of the slowest."""
    asked = ("-c", str(CONNECTIONS // GENERATORS), "-q", "1", "-z", f"{seconds}s", "-t", "20")

    def one_of_them(place: int) -> Told:
        time.sleep(place / GENERATORS)
        return hey(url, secret, body, *asked)

    with ThreadPoolExecutor(GENERATORS) as pool:
        parts = list(pool.map(one_of_them, range(GENERATORS)))
    answers = sum((part.answers for part in parts), Counter())
    return Told(
        sum(part.per_second for part in parts),
        max(part.p95 for part in parts),
        answers,
        sum(part.errors for part in parts),
    )


def one_by_one(address: str, secret: str, event: dict[str, object], seconds: int) -> None:
    """A thousand connections, one event a second each."""
    body = json.dumps({"events": [event]})
    warm = hey(address, secret, body, "-c", "50", "-n", "1000")
    print(f"{chr(32) * 12} flat out {warm.per_second:.0f} a second over 50 connections", flush=True)
    burst = hey(address, secret, body, "-c", str(CONNECTIONS), "-q", "1", "-z", f"{BURST_SECONDS}s", "-t", "20")
    print(f"{chr(32) * 12} all at the same moment: p95 {burst.p95:.0f} ms, {burst.wrong} errors", flush=True)
    before = db.session.scalar(select(func.count()).select_from(Received)) or 0
    db.session.rollback()
    told = hey_spread(address, secret, body, seconds)
    kept = (db.session.scalar(select(func.count()).select_from(Received)) or 0) - before
    db.session.rollback()
    met = not told.wrong and told.p95 <= GOAL_P95_MS and kept >= told.answers["200"]
    print(
        f"one by one   {told.per_second:8.0f} a second over {CONNECTIONS:,} connections, p95 {told.p95:.0f} ms"
        f" (goal {GOAL_P95_MS:.0f}), {told.wrong} errors, {kept:,} kept   {'ok' if met else 'MISSED'}",
        flush=True,
    )


def in_batches(address: str, secret: str, event: dict[str, object], seconds: int) -> None:
    """A hundred in each request."""
    told = hey(address, secret, json.dumps({"events": [event] * IN_A_BATCH}), "-c", "16", "-z", f"{seconds}s")
    rate, bare = told.per_second * IN_A_BATCH, bare_rows()
    met = not told.wrong and rate >= GOAL_PER_SECOND
    print(
        f"in batches   {rate:8.0f} events a second (goal {GOAL_PER_SECOND:,}), p95 {told.p95:.0f} ms,"
        f" {told.wrong} errors, {rate / bare:.2f} of {bare:,.0f} bare rows   {'ok' if met else 'MISSED'}",
        flush=True,
    )


def bare_rows() -> float:
    """Rows a second that one bare statement writes and commits, a thousand at a time."""
    person_id = db.session.scalar(select(Customer.person_id).limit(1))
    started = time.perf_counter()
    for _time in range(50):
        db.session.execute(text(BARE), {"person_id": person_id})
        db.session.commit()
    return 50_000 / (time.perf_counter() - started)


def measure(shop: Shop, seconds: int) -> None:
    """Both ways of telling, and the bare application."""
    customer = db.session.scalars(select(Customer).where(Customer.reference.is_not(None)).limit(1)).first()
    customer = customer or db.session.scalars(select(Customer).limit(1)).one()
    event: dict[str, object] = {
        "name": "cart.abandoned",
        "customer_id": str(customer.person_id),
        "facts": {"amount": "49.90", "items": 3},
    }
    secret = key_of_manager()
    env = {**shop.env, "API_LIMIT": "10000000/minute"}
    with machine.web("benchmarks.echo:app", env) as (address, _master):
        bare = hey(address + "/", secret, json.dumps({"events": [event]}), "-c", "64", "-z", "5s")
    print(f"{'bare':12} {bare.per_second:8.0f} requests a second, p95 {bare.p95:.0f} ms", flush=True)
    with machine.web("wsgi:app", env) as (address, _master):
        one_by_one(address + "/api/v1/touch/events", secret, event, seconds)
        in_batches(address + "/api/v1/touch/events", secret, event, min(seconds, 15))


def main() -> None:
    """Print each figure beside its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    asked = parser.parse_args()
    with machine.shop(1_000, per_customer=1) as shop, shop.app.app_context():
        measure(shop, asked.seconds)


if __name__ == "__main__":
    main()
