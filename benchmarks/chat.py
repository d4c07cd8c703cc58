"""Chat: 500 open streams on two web processes; how long from sending a message until the other side has it.

Real gunicorn with gevent workers and real sign-ins; the people of each chat post over HTTP.
Beside it the machine's own limit in the same run: the bare application of `benchmarks.echo`
with as many streams and posts. Goal: p95 at most 200 ms, no message lost, none twice.
"""

import argparse
import asyncio
import contextlib
import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from flask import Flask

from app.accounts import sign_ins
from app.conversations.actions import channels
from app.core.db import db
from app.people.models import Customer, Employee
from benchmarks import machine

GOAL_P95_MS = 200
STREAMS_PER_ADDRESS = 90
CHATS_PER_EMPLOYEE = 10
WORDS = re.compile(r"message-\d+-by-[01]")


@dataclass
class Side:
    """One person in one chat: where they listen, where they post, and what makes it a valid form."""

    listen_path: str
    post_path: str
    cookie: str = ""
    token: str = ""

    def body(self, words: str) -> str:
        """The form that sends a message; plain words where no form is needed."""
        return urlencode({"content": words, "key": words, "csrf_token": self.token}) if self.token else words


@dataclass
class Tally:
    """What was sent, and when it reached whom."""

    sent_at: dict[str, float] = field(default_factory=dict)
    arrived: Counter[tuple[str, int]] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    refused: int = 0

    def hear(self, line: str, side: int) -> None:
        """Note that a message reached one side of its chat."""
        if found := WORDS.search(line):
            words = found[0]
            self.arrived[words, side] += 1
            if not words.endswith(f"by-{side}"):
                self.milliseconds.append(1000 * (time.perf_counter() - self.sent_at[words]))

    def report(self, name: str) -> float:
        """Print one line; returns the p95 in milliseconds."""
        lost = sum(1 for words in self.sent_at for side in (0, 1) if not self.arrived[words, side])
        twice = sum(count - 1 for count in self.arrived.values())
        steps = statistics.quantiles(self.milliseconds, n=100)
        print(
            f"{name:8} {len(self.sent_at)} messages   p50 {steps[49]:.1f} ms   p95 {steps[94]:.1f} ms"
            f"   max {max(self.milliseconds):.1f} ms   {lost} lost   {twice} twice   {self.refused} refused",
            flush=True,
        )
        return steps[94]


def make_chats(app: Flask, count: int) -> list[tuple[Side, Side]]:
    """Open chats between customers and employees, everybody signed in."""
    with app.app_context():
        customers = db.session.scalars(db.select(Customer).order_by(Customer.person_id).limit(count)).all()
        employees = [
            Employee(first_name="Agent", last_name=str(number), role="agent", department=f"Team {number}")
            for number in range(-(-count // CHATS_PER_EMPLOYEE))
        ]
        db.session.add_all(employees)
        db.session.commit()
        answerers = [(sign_ins.actor_for(one.person_id), _cookie(app, one)) for one in employees]
        chats = []
        for number, customer in enumerate(customers):
            answerer, cookie = answerers[number % len(answerers)]
            assert answerer is not None
            channel_id = channels.open_channel([customer], actor=answerer, topic="Benchmark").channel_id
            chats.append(
                (
                    _side(f"/portal/chats/{channel_id}", _cookie(app, customer)),
                    _side(f"/conversations/{channel_id}", cookie),
                )
            )
        db.session.commit()
        db.session.remove()
    return chats


def _cookie(app: Flask, person: Customer | Employee) -> str:
    with app.test_request_context():
        token = sign_ins.start(person.person_id, address="127.0.0.1", device="benchmark")
    client = app.test_client()
    with client.session_transaction() as session:
        session["token"] = token
    cookie = client.get_cookie("rapport")
    assert cookie is not None
    return f"rapport={cookie.value}"


def _side(page: str, cookie: str) -> Side:
    return Side(f"{page}/stream?after=0", f"{page}/messages", cookie)


async def _request(
    address: str, method: str, path: str, side: Side, *, body: str = "", local: str = "127.0.0.1"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = urlsplit(address).hostname, urlsplit(address).port
    reader, writer = await asyncio.open_connection(host, port, local_addr=(local, 0), limit=2**20)
    head = [f"{method} {path} HTTP/1.1", f"Host: {host}:{port}", f"Cookie: {side.cookie}"]
    head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"] if body else []
    head += [] if path.endswith(side.listen_path) else ["Connection: close"]
    writer.write(("\r\n".join(head) + "\r\n\r\n" + body).encode())
    await writer.drain()
    return reader, writer


async def _get_ready(address: str, side: Side) -> None:
    """Open the page once, for the form's token and the cookie that goes with it."""
    reader, writer = await _request(address, "GET", side.post_path.removesuffix("/messages"), side)
    answer = (await reader.read()).decode()
    writer.close()
    token, cookie = re.search(r'name="csrf_token" value="([^"]+)"', answer), re.search(r"Set-Cookie: ([^;]+)", answer)
    assert token is not None, answer[:500]
    side.token = token[1]
    side.cookie = cookie[1] if cookie else side.cookie


async def _listen(address: str, side: Side, *, number: int, tally: Tally, which: int, ready: asyncio.Semaphore) -> None:
    local = f"127.0.0.{2 + number // STREAMS_PER_ADDRESS}"
    reader, _writer = await _request(address, "GET", side.listen_path, side, local=local)
    status = await reader.readline()
    assert b"200" in status, status
    while line := await reader.readline():
        if line.startswith((b"retry", b": hello")):
            ready.release()
        elif line.startswith(b"data: "):
            tally.hear(json.dumps(json.loads(line[6:])), which)


async def _post(address: str, side: Side, words: str, tally: Tally) -> None:
    tally.sent_at[words] = time.perf_counter()
    reader, writer = await _request(address, "POST", side.post_path, side, body=side.body(words))
    status = await reader.readline()
    tally.refused += b" 20" not in status and b" 303" not in status
    await reader.read()
    writer.close()


async def measure(address: str, chats: list[tuple[Side, Side]], per_second: float, seconds: float) -> Tally:
    """Hold every side's stream open and post at an even pace, both sides in turn."""
    tally, ready = Tally(), asyncio.Semaphore(0)
    sides = [(side, which) for chat in chats for which, side in enumerate(chat)]
    lines = [
        asyncio.create_task(_listen(address, side, number=number, tally=tally, which=which, ready=ready))
        for number, (side, which) in enumerate(sides)
    ]
    for _ in sides:
        await asyncio.wait_for(ready.acquire(), 60)
    await asyncio.sleep(1)
    posts = []
    for number in range(int(per_second * seconds)):
        which = number // len(chats) % 2
        words = f"message-{number}-by-{which}"
        posts.append(asyncio.create_task(_post(address, chats[number % len(chats)][which], words, tally)))
        await asyncio.sleep(1 / per_second)
    await asyncio.gather(*posts)
    await asyncio.sleep(3)
    for line in lines:
        line.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await line
    return tally


async def measure_rapport(address: str, chats: list[tuple[Side, Side]], per_second: float, seconds: float) -> Tally:
    """The same, after everybody has opened the page."""
    for chat in chats:
        await asyncio.gather(*(_get_ready(address, side) for side in chat))
    return await measure(address, chats, per_second, seconds)


def bare_chats(count: int) -> list[tuple[Side, Side]]:
    """The same shape for the bare application: two streams on each channel."""
    return [(Side(f"/{number}", f"/{number}"), Side(f"/{number}", f"/{number}")) for number in range(count)]


def _run(target: str, env: dict[str, str], name: str, measuring: Callable) -> float:
    with machine.web(target, env) as (address, master):
        p95 = asyncio.run(measuring(address)).report(name)
        print(f"{name:8} web processes hold {machine.resident_megabytes(master)} MB", flush=True)
    return p95


def main() -> None:
    """Print the limit, the product, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--per-second", type=float, default=25)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    pace, count = (options.per_second, options.seconds), options.streams // 2
    with machine.shop(count, per_customer=1) as shop:
        limit = _run("benchmarks.echo:app", shop.env, "limit", lambda at: measure(at, bare_chats(count), *pace))
        chats = make_chats(shop.app, count)
        p95 = _run("wsgi:app", shop.env, "rapport", lambda at: measure_rapport(at, chats, *pace))
    verdict = "ok" if p95 <= GOAL_P95_MS else "MISSED"
    print(f"p95 {p95:.1f} ms, {p95 / limit:.1f} times the limit (goal {GOAL_P95_MS} ms)   {verdict}")


if __name__ == "__main__":
    main()
