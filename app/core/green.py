"""Waiting for PostgreSQL where greenlets share a process: only the one that asked waits, at the price of one watcher.

psycopg knows gevent by its patched `poll`, which takes several times as long; loaded by the web process alone.
"""

from typing import Any, TypeVar

from gevent.hub import Waiter, get_hub
from psycopg import waiting
from psycopg.abc import PQGen

RV = TypeVar("RV")


def install() -> None:
    """Let every connection of this process wait so."""
    waiting.wait = wait


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
