"""Chat: 1,000 customers in open chats and 50 agents at work on two web processes.

Real gunicorn with gevent workers and real sign-ins. Every customer has their chat open; every agent has one of
twenty chats open and their lists beside it, and opens pages meanwhile. How long from sending a message until the
other screen has it; then how many messages can be posted in a second. Beside it the machine's own limit in the
same run: the bare application of `benchmarks.echo` with as many streams and posts.

Goals: p95 at most 500 ms from click to screen, pages at most 300 ms, no message lost, none twice, everywhere in
the same order; at most 300 MB over all web processes; at least 400 posts a second at 64 connections.
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

GOAL_P95_MS = 500
GOAL_PAGE_MS = 300
GOAL_MEGABYTES = 300
GOAL_POSTS = 400
STREAMS_PER_ADDRESS = 90
COME_AT_ONCE = 32
PAGES_PER_SECOND = 5
WORDS = re.compile(r"message-\d+-by-[01]")
# Posts in turn for many people: each may write 120 messages a minute.
POSTING = """
local sides = {%s}
local n, form = 0, "application/x-www-form-urlencoded"
setup = function(thread) thread:set("mark", tostring(os.time())) end
request = function()
  n = n + 1
  local path, cookie, token = unpack(sides[n %% #sides + 1])
  local headers = {["Content-Type"] = form, ["HX-Request"] = "true", ["Cookie"] = cookie}
  return wrk.format("POST", path, headers, token .. "&content=word&key=" .. mark .. "-" .. n)
end
"""


@dataclass(eq=False)
class Side:
    """One person in one chat: where they listen, where they post, and what makes it a valid form."""

    listen_path: str
    post_path: str
    cookie: str = ""
    token: str = ""
    is_open: bool = True
    numbers: list[int] = field(default_factory=list)

    @property
    def page(self) -> str:
        """Where the chat is read."""
        return self.post_path.removesuffix("/messages")

    def body(self, words: str) -> str:
        """The form that sends a message; plain words where no form is needed."""
        return urlencode({"content": words, "key": words, "csrf_token": self.token}) if self.token else words


@dataclass(frozen=True)
class Chat:
    """A customer and an agent; the agent has it open, or only in the list."""

    customer: Side
    agent: Side

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both, the customer first."""
        return (self.customer, self.agent)


@dataclass
class Tally:
    """What was sent, and when it reached whom."""

    sent: dict[str, tuple[Chat, float]] = field(default_factory=dict)
    arrived: Counter[tuple[str, int]] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    refused: int = 0

    def hear(self, line: str, which: int) -> None:
        """Note that a message reached one side of its chat."""
        if found := WORDS.search(line):
            words = found[0]
            self.arrived[words, which] += 1
            if not words.endswith(f"by-{which}"):
                self.milliseconds.append(1000 * (time.perf_counter() - self.sent[words][1]))

    def report(self, name: str, chats: list[Chat]) -> tuple[float, bool]:
        """Print one line; returns the p95 in milliseconds, and whether all came once and in order."""
        lost = sum(
            not self.arrived[words, which]
            for words, (chat, _at) in self.sent.items()
            for which, side in enumerate(chat.sides)
            if side.is_open
        )
        twice = sum(count - 1 for count in self.arrived.values())
        crossed = sum(side.numbers != sorted(set(side.numbers)) for chat in chats for side in chat.sides)
        steps = statistics.quantiles(self.milliseconds, n=100)
        print(
            f"{name:8} {len(self.sent)} messages   p50 {steps[49]:.1f} ms   p95 {steps[94]:.1f} ms"
            f"   max {max(self.milliseconds):.1f} ms   {lost} lost   {twice} twice   {crossed} out of order"
            f"   {self.refused} refused",
            flush=True,
        )
        return steps[94], not (lost or twice or crossed or self.refused)


def make_chats(app: Flask, customers: int, agents: int) -> list[Chat]:
    """Open chats between customers and agents, everybody signed in; each agent has the first of theirs open."""
    with app.app_context():
        askers = db.session.scalars(db.select(Customer).order_by(Customer.person_id).limit(customers)).all()
        employees = [
            Employee(first_name="Agent", last_name=str(number), role="agent", department=f"Team {number}")
            for number in range(agents)
        ]
        db.session.add_all(employees)
        db.session.commit()
        answerers = [(sign_ins.actor_for(one.person_id), _cookie(app, one)) for one in employees]
        chats = []
        for number, customer in enumerate(askers):
            answerer, cookie = answerers[number % agents]
            assert answerer is not None
            channel_id = channels.open_channel([customer], actor=answerer, topic="Benchmark").channel_id
            chats.append(
                Chat(
                    _side(f"/portal/chats/{channel_id}", _cookie(app, customer)),
                    _side(f"/conversations/{channel_id}", cookie, is_open=number < agents),
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


def _side(page: str, cookie: str, *, is_open: bool = True) -> Side:
    return Side(f"{page}/stream?after=0", f"{page}/messages", cookie, is_open=is_open)


async def request(
    address: str, method: str, path: str, side: Side, *, body: str = "", local: str = "127.0.0.1"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Ask as one person's browser does; the answer is the caller's to read."""
    host, port = urlsplit(address).hostname, urlsplit(address).port
    reader, writer = await asyncio.open_connection(host, port, local_addr=(local, 0), limit=2**20)
    head = [f"{method} {path} HTTP/1.1", f"Host: {host}:{port}", f"Cookie: {side.cookie}"]
    head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"] if body else []
    head += [] if "stream" in path or path == side.listen_path else ["Connection: close"]
    writer.write(("\r\n".join(head) + "\r\n\r\n" + body).encode())
    await writer.drain()
    return reader, writer


async def get_ready(address: str, side: Side) -> None:
    """Open the page once, for the form's token and the cookie that goes with it."""
    reader, writer = await request(address, "GET", side.page, side)
    answer = (await reader.read()).decode()
    writer.close()
    token, cookie = re.search(r'name="csrf_token" value="([^"]+)"', answer), re.search(r"Set-Cookie: ([^;]+)", answer)
    assert token is not None, answer[:500]
    side.token = token[1]
    side.cookie = cookie[1] if cookie else side.cookie


@dataclass
class Lines:
    """The open streams of a run."""

    address: str
    tally: Tally
    ready: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    door: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(COME_AT_ONCE))
    tasks: list[asyncio.Task] = field(default_factory=list)

    async def open(self, chats: list[Chat], lists: list[Side]) -> None:
        """Let everybody listen who has the chat open, and the agents to their lists too."""
        listening = [(side, which) for chat in chats for which, side in enumerate(chat.sides) if side.is_open]
        listening += [(side, 1) for side in lists]
        for number, (side, which) in enumerate(listening):
            self.tasks.append(asyncio.create_task(self._listen(side, which, number)))
        for _ in listening:
            await asyncio.wait_for(self.ready.acquire(), 120)
        await asyncio.sleep(1)

    async def _listen(self, side: Side, which: int, number: int) -> None:
        local = f"127.0.0.{2 + number // STREAMS_PER_ADDRESS}"
        await self.door.acquire()
        reader, _writer = await request(self.address, "GET", side.listen_path, side, local=local)
        status = await reader.readline()
        assert b"200" in status, status
        while line := await reader.readline():
            if line.startswith((b"retry", b": hello")):
                self.door.release()
                self.ready.release()
            elif line.startswith(b"id: "):
                side.numbers.append(int(line[4:]))
            elif line.startswith(b"data: "):
                self.tally.hear(json.dumps(json.loads(line[6:])), which)

    async def close(self) -> None:
        """Hang up."""
        for task in self.tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _post(address: str, chat: Chat, which: int, words: str, tally: Tally) -> None:
    side = chat.sides[which]
    tally.sent[words] = (chat, time.perf_counter())
    reader, writer = await request(address, "POST", side.post_path, side, body=side.body(words))
    status = await reader.readline()
    tally.refused += b" 20" not in status and b" 303" not in status
    await reader.read()
    writer.close()


async def _open_page(address: str, path: str, side: Side, tally: Tally) -> None:
    started = time.perf_counter()
    reader, writer = await request(address, "GET", path, side)
    await reader.read()
    writer.close()
    tally.pages.append(1000 * (time.perf_counter() - started))


@dataclass(frozen=True)
class Pace:
    """How much is said, and for how long."""

    per_second: float
    seconds: float
    agents: int


async def measure(address: str, chats: list[Chat], pace: Pace, *, lists: list[Side] | None = None) -> Tally:
    """Hold the streams open and post at an even pace: agents in all chats, customers where the agent has it open."""
    tally = Tally()
    lines = Lines(address, tally)
    await lines.open(chats, lists or [])
    work = []
    for number in range(int(pace.per_second * pace.seconds)):
        which = number % 2
        chat = chats[number // 2 % (len(chats) if which else pace.agents)]
        work.append(asyncio.create_task(_post(address, chat, which, f"message-{number}-by-{which}", tally)))
        if lists and number % round(pace.per_second / PAGES_PER_SECOND) == 0:
            agent = chats[number % pace.agents].agent
            path = agent.page if number % 4 else "/conversations?tab=mine"
            work.append(asyncio.create_task(_open_page(address, path, agent, tally)))
        await asyncio.sleep(1 / pace.per_second)
    await asyncio.gather(*work)
    await asyncio.sleep(3)
    await lines.close()
    return tally


async def measure_rapport(address: str, chats: list[Chat], pace: Pace) -> Tally:
    """The same, after everybody has opened the page; agents listen to their lists, too, and open pages."""
    for chat in chats:
        await asyncio.gather(*(get_ready(address, side) for side in chat.sides))
    lists = [Side("/conversations/stream", "", chat.agent.cookie) for chat in chats[: pace.agents]]
    return await measure(address, chats, pace, lists=lists)


def bare_chats(count: int, agents: int) -> list[Chat]:
    """The same shape for the bare application."""
    return [
        Chat(Side(f"/{number}", f"/{number}"), Side(f"/{number}", f"/{number}", is_open=number < agents))
        for number in range(count)
    ]


def _talk(target: str, env: dict[str, str], name: str, chats: list[Chat], measuring: Callable) -> tuple[float, bool]:
    with machine.web(target, env) as (address, master):
        tally = asyncio.run(measuring(address))
        p95, is_whole = tally.report(name, chats)
        held = machine.megabytes_together(master)
        line = f"{name:8} web processes hold {held} MB together"
        if tally.pages:
            pages = statistics.quantiles(tally.pages, n=100)[94]
            is_whole = is_whole and pages <= GOAL_PAGE_MS and held <= GOAL_MEGABYTES
            line += f" (goal {GOAL_MEGABYTES})   {len(tally.pages)} pages opened meanwhile p95 {pages:.1f} ms"
            line += f" (goal {GOAL_PAGE_MS})"
        print(line, flush=True)
    return p95, is_whole


def _posts(target: str, env: dict[str, str], chats: list[Chat]) -> machine.Load:
    """Post at 64 connections for some seconds."""
    with machine.web(target, env) as (address, _master):
        if chats[0].agent.cookie:
            asyncio.run(sign_all(address, chats))
        rows = (
            f'{{"{side.post_path}", "{side.cookie}", "{urlencode({"csrf_token": side.token})}"}}'
            for chat in chats
            for side in chat.sides
        )
        return machine.load(address, connections=64, script=POSTING % ",".join(rows))


async def sign_all(address: str, chats: list[Chat]) -> None:
    """Get everybody ready."""
    for chat in chats:
        await asyncio.gather(*(get_ready(address, side) for side in chat.sides))


def talking(shop: machine.Shop, chats: list[Chat], bare: list[Chat], pace: Pace) -> None:
    """From sending a message until the other screen has it, while pages are opened."""
    limit, _ok = _talk("benchmarks.echo:app", shop.env, "limit", bare, lambda at: measure(at, bare, pace))
    p95, is_whole = _talk("wsgi:app", shop.env, "rapport", chats, lambda at: measure_rapport(at, chats, pace))
    verdict = "ok" if p95 <= GOAL_P95_MS and is_whole else "MISSED"
    print(f"p95 {p95:.1f} ms, {p95 / limit:.1f} times the limit (goal {GOAL_P95_MS} ms)   {verdict}", flush=True)


def posting(shop: machine.Shop, chats: list[Chat], bare: list[Chat], _pace: Pace) -> None:
    """How many messages can be posted in a second."""
    most = _posts("benchmarks.echo:app", shop.env, bare[:100])
    posts = _posts("wsgi:app", shop.env, chats[:100])
    verdict = "ok" if posts.per_second >= GOAL_POSTS and not posts.errors else "MISSED"
    print(
        f"posting  {posts.per_second:.0f} messages a second at 64 connections (goal {GOAL_POSTS}),"
        f" {posts.per_second / most.per_second:.2f} of the limit {most.per_second:.0f}, p95 {posts.p95:.0f} ms,"
        f" {posts.errors} errors   {verdict}"
    )


PARTS = {"talking": talking, "posting": posting}


def main() -> None:
    """Print the limit, the product, and their ratio; for talking, then for posting."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", choices=[*PARTS, "all"], default="all")
    parser.add_argument("--customers", type=int, default=1000)
    parser.add_argument("--agents", type=int, default=50)
    parser.add_argument("--per-second", type=float, default=25)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    pace = Pace(options.per_second, options.seconds, options.agents)
    with machine.shop(options.customers, per_customer=1) as shop:
        bare = bare_chats(options.customers, options.agents)
        chats = make_chats(shop.app, options.customers, options.agents)
        for name, measured in PARTS.items():
            if options.part in (name, "all"):
                measured(shop, chats, bare, pace)


if __name__ == "__main__":
    main()
