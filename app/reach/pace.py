"""How fast messages go: as many a second as a provider takes, and no faster than the database keeps up with."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from app.core import metrics
from app.core.jobs import Lane
from app.core.redis import redis
from app.reach.channels.models import Provider

WORTH_WAITING = 0.5
FORGOTTEN_AFTER_MS = 86_400_000

# Each asks for its turn and gets the moment at which the ones before it are through, by Redis's own clock.
TURN = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local free = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
redis.call('SET', KEYS[1], string.format('%.6f', free + ARGV[1]), 'PX', ARGV[2])
return string.format('%.6f', free - now)
"""


def turn(provider: Provider | None, many: int) -> float:
    """Reserve the time that so many messages take; returns the seconds until it begins.

    Without Redis nobody counts, and a provider that is asked too much says so by itself.
    """
    if provider is None or not provider.per_second:
        return 0.0
    key, seconds = f"reach:turn:{provider.provider_id}", many / provider.per_second
    wait = redis.attempt(lambda client: client.eval(TURN, 1, key, str(seconds), str(FORGOTTEN_AFTER_MS)), b"0")
    return float(wait)


SLOW_SECONDS = 0.25
"""A statement that changes one row takes a thousandth of it; where it takes this long, others wait as well."""
SHARE = "reach:bulk-share"
LEAST_SHARE = 1 / 16
REMEMBERED_SECONDS = 30
LONGEST_REST = 5.0


def share() -> float:
    """Which part of its speed the bulk lane has now: 1 as a rule, less while the database is slow."""
    return float(redis.attempt(lambda client: client.get(SHARE), None) or 1)


@lru_cache(maxsize=1)
def _share_in(_second: int) -> float:
    """The same, asked once a second for all the statements that were quick."""
    return share()


@contextmanager
def measured(lane: Lane) -> Iterator[None]:
    """Around a statement of a sender: one that takes too long halves the bulk lane, the next quick ones let it recover.

    The other lanes go on as they were: who waits for a code does not wait for a campaign.
    """
    started = time.perf_counter()
    yield
    if lane != "bulk":
        return
    is_slow = time.perf_counter() - started > SLOW_SECONDS
    present = share() if is_slow else _share_in(int(started))
    wanted = max(LEAST_SHARE, present / 2) if is_slow else min(1.0, present * 1.5)
    if wanted != present:
        redis.attempt(lambda client: client.set(SHARE, wanted, ex=REMEMBERED_SECONDS), None)
        _share_in.cache_clear()


def rest_after(lane: Lane, worked_seconds: float) -> float:
    """How long a sender rests after so much work, for its lane's present share."""
    if lane != "bulk" or (present := share()) >= 1:
        return 0.0
    return min(LONGEST_REST, worked_seconds * (1 / present - 1))


@metrics.collector
def _share() -> Iterator[tuple[str, str, dict[str, str], float]]:
    yield "rapport_reach_bulk_share", "Which part of its speed the bulk lane has", {}, share()
