"""PostgreSQL and Redis where greenlets share a process: only the one that asked waits, at the price of one watcher.

Their clients know gevent by its patched `poll`, which takes several times as long; loaded by the web process alone.
"""

from select import POLLIN
from typing import Any, TypeVar

from gevent.hub import Waiter, get_hub
from gevent.monkey import get_original
from psycopg import waiting
from psycopg.abc import PQGen
from redis.connection import DefaultParser

from app.core.redis import redis

RV = TypeVar("RV")


def install() -> None:
    """Let every connection of this process wait so; before there is one."""
    waiting.wait = wait
    redis.parser = Parser


class Parser(DefaultParser):  # type: ignore[misc, valid-type]
    """Reads what Redis says. Whether an idle connection holds anything, which nobody waits for, the system tells."""

    def can_read(self, timeout: float = 0) -> bool:
        """As every parser has it."""
        if timeout or self._reader is None or self._reader.has_data():
            return bool(super().can_read(timeout))
        poll = get_original("select", "poll")()
        poll.register(self._sock, POLLIN)
        return bool(poll.poll(0)) and bool(super().can_read(timeout))


def wait(gen: PQGen[RV], fileno: int, interval: float = 0.0, timeout: float | None = None) -> RV:
    """Drive what psycopg does on a connection, as `psycopg.waiting.wait` does."""
    if timeout is not None:
        return waiting.wait_poll(gen, fileno, interval, timeout)
    try:
        wanted = next(gen)
        hub = get_hub()
        watcher = hub.loop.io(fileno, wanted)
        try:
            while True:
                wanted = gen.send(_ready(hub, watcher, wanted))
        finally:
            watcher.close()
    except StopIteration as end:
        result: RV = end.value
        return result


def _ready(hub: Any, watcher: Any, wanted: int) -> Any:
    """What of it the connection is ready for, in numbers that psycopg and gevent share: 1 to read, 2 to write."""
    watcher.events = wanted
    waiter = Waiter(hub)
    watcher.start(waiter.switch, pass_events=True)
    try:
        return waiter.get()
    finally:
        watcher.stop()
