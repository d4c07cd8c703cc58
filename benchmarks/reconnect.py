"""A web process is killed while 500 pages of customers are live on two of them, and their agents go on writing.

Pages come again as browsers do: after half a second to one and a half, later each time they are refused, with the
number of the last message they have. How long until the last one is back; whether any misses a message or has one
twice. Beside it the machine's own limit in the same run: the bare application of `benchmarks.echo`.

Goals: all back within 5 s, no message missed, none twice.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from benchmarks import chat, machine
from benchmarks.chat import Chat, Side

GOAL_SECONDS = 5
FIRST_WAIT = 1.0
PAGES_PER_ADDRESS = 40
MESSAGES_PER_SECOND = 10
SETTLES_IN = 60.0


@dataclass
class Page:
    """A live page that connects again whenever its line breaks."""

    address: str
    side: Side
    local: str
    is_here: asyncio.Event = field(default_factory=asyncio.Event)
    visits: int = 0

    async def stay(self) -> None:
        """Listen for ever."""
        wait = FIRST_WAIT
        while True:
            visits = self.visits
            with suppress(OSError):
                await self._listen()
            self.is_here.clear()
            wait = FIRST_WAIT if self.visits > visits else 2 * wait
            await asyncio.sleep(wait * (0.5 + random.random()))

    async def _listen(self) -> None:
        path = self.side.listen_path.replace("after=0", f"after={max(self.side.numbers, default=0)}")
        reader, writer = await chat.request(self.address, "GET", path, self.side, local=self.local)
        try:
            while line := await reader.readline():
                if line.startswith((b"retry", b": hello")):
                    self.visits += 1
                    self.is_here.set()
                elif line.startswith(b"id: "):
                    self.side.numbers.append(int(line[4:]))
        finally:
            writer.close()


@dataclass(frozen=True)
class Outcome:
    """How many pages were cut off, after how many seconds the last was back, and what became of the messages."""

    cut: int
    seconds: float
    said: int
    missed: int
    twice: int


async def kill_one(address: str, master: psutil.Process, chats: list[Chat], *, is_talking: bool = True) -> Outcome:
    """Kill one of the web processes while every customer's page is live and their agents write."""
    pages = [
        Page(address, one.customer, f"127.0.0.{2 + number // PAGES_PER_ADDRESS}") for number, one in enumerate(chats)
    ]
    staying = [asyncio.create_task(page.stay()) for page in pages]
    await _until(lambda: all(page.is_here.is_set() for page in pages))
    is_over = asyncio.Event()
    talking = asyncio.create_task(_talk(address, chats if is_talking else [], is_over))
    await asyncio.sleep(2)
    max(master.children(), key=lambda worker: len(worker.net_connections())).kill()
    killed = time.perf_counter()
    await _until(lambda: any(not page.is_here.is_set() for page in pages))
    await _until(lambda: all(page.is_here.is_set() for page in pages))
    seconds = time.perf_counter() - killed
    await asyncio.sleep(2)
    is_over.set()
    said = await talking
    heard = [one.customer.numbers for one in chats]
    with suppress(TimeoutError):
        await _until(lambda: sum(len(set(numbers)) for numbers in heard) == said, seconds=10)
    for task in staying:
        task.cancel()
    await asyncio.gather(*staying, return_exceptions=True)
    distinct = sum(len(set(numbers)) for numbers in heard)
    twice = sum(map(len, heard)) - distinct
    return Outcome(sum(page.visits > 1 for page in pages), seconds, said, said - distinct, twice)


async def _talk(address: str, chats: list[Chat], is_over: asyncio.Event) -> int:
    """Let agents write, each message again under its own key until it is taken; returns how many."""
    said = 0
    while chats and not is_over.is_set():
        side = chats[said % len(chats)].agent
        while not await _is_taken(address, side, f"word-{said}"):
            await asyncio.sleep(0.2)
        said += 1
        await asyncio.sleep(1 / MESSAGES_PER_SECOND)
    return said


async def _is_taken(address: str, side: Side, words: str) -> bool:
    try:
        reader, writer = await chat.request(address, "POST", side.post_path, side, body=side.body(words))
        status = await reader.readline()
        writer.close()
    except OSError:
        return False
    return b" 20" in status or b" 303" in status


async def _until(is_so: Callable[[], bool], seconds: float = SETTLES_IN) -> None:
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.02)


def main() -> None:
    """Print the limit, the product, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=500)
    options = parser.parse_args()
    with machine.shop(options.pages, per_customer=1) as shop:
        bare = chat.bare_chats(options.pages, 0)
        with machine.web("benchmarks.echo:app", shop.env) as (address, master):
            limit = asyncio.run(kill_one(address, master, bare, is_talking=False))
        print(
            f"limit    {limit.cut} of {options.pages} pages cut off, all back after {limit.seconds:.1f} s", flush=True
        )
        chats = chat.make_chats(shop.app, options.pages, max(1, options.pages // 20))
        with machine.web("wsgi:app", shop.env) as (address, master):
            asyncio.run(chat.sign_all(address, chats))
            found = asyncio.run(kill_one(address, master, chats))
    met = found.seconds <= GOAL_SECONDS and not found.missed and not found.twice
    print(
        f"rapport  {found.cut} of {options.pages} pages cut off, all back after {found.seconds:.1f} s,"
        f" {found.seconds / limit.seconds:.1f} times the limit (goal {GOAL_SECONDS} s);"
        f" {found.said} messages said, {found.missed} missed, {found.twice} twice   {'ok' if met else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
