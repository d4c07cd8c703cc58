"""Rate limits in Redis, counted across all processes.

What several requests of one process count at the same moment goes to Redis in one go, equal uses as one number.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from limits import RateLimitItem
from limits import parse as _parse
from redis.exceptions import NoScriptError, RedisError

from app.core.errors import TooManyRequests, Unavailable
from app.core.redis import bring, redis, unread
from app.core.together import Together

MOST_AT_ONCE = 1_000

# The uses within the window, newest first, by the one clock of Redis; what is older goes off the other end. What
# is under further keys comes along.
COUNT = """
local clock = redis.call('TIME')
local now, window = clock[1] * 1000000 + clock[2], ARGV[1] * 1000000
local oldest = tonumber(redis.call('LINDEX', KEYS[1], -1))
while oldest and oldest <= now - window do
    redis.call('RPOP', KEYS[1])
    oldest = tonumber(redis.call('LINDEX', KEYS[1], -1))
end
local left = ARGV[2] - redis.call('LLEN', KEYS[1])
for _ = 1, math.min(left, ARGV[3]) do
    redis.call('LPUSH', KEYS[1], string.format('%.0f', now))
end
if left > 0 then
    redis.call('EXPIRE', KEYS[1], ARGV[1])
end
local wait = math.ceil(((oldest or now) + window - now) / 1000000)
return {left, wait, #KEYS > 1 and redis.call('MGET', unpack(KEYS, 2)) or {}}
"""
NAME = hashlib.sha1(COUNT.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Room:
    """What is left of a limit after a use. Units: uses, and seconds until the window has room for one more."""

    left: int
    wait_seconds: int


@cache
def parse(limit: str) -> RateLimitItem:
    """A limit as people write it, such as "100/minute"."""
    return _parse(limit)


def hit(limit: str, *identity: str, fail_closed: bool = False) -> Room:
    """Count one use against `limit` ("100/minute") for this identity, e.g. `hit("5/minute", "sign-in", ip)`.

    Raises: TooManyRequests when the limit is reached; Unavailable when Redis is away and
    `fail_closed` (money and sends); otherwise an absent Redis lets the request pass.
    """
    item, keys = parse(limit), unread()
    counted = _counter.ask(_Use(("/".join(("limit", limit, *identity)), *keys), item.get_expiry(), item.amount))
    if counted is None:
        if fail_closed:
            raise Unavailable
        return Room(1, 1)
    if keys:
        bring(keys, counted.found)
    if counted.room.left < 0:
        wait = counted.room.wait_seconds
        raise TooManyRequests(f"Please wait {wait} seconds and try again.", retry_after=wait)
    return counted.room


class _Use(NamedTuple):
    """What is counted, under the first of the keys; those after it are read along."""

    keys: tuple[str, ...]
    seconds: int
    most: int


class _Counted(NamedTuple):
    room: Room
    found: list[bytes | None]


def _count(uses: Sequence[_Use]) -> Sequence[_Counted | None]:
    """All by one go, who came first has room first; None for each while Redis is away."""
    numbers = Counter(uses)
    try:
        found = _ask(numbers)
    except RedisError:
        return [None] * len(uses)
    counted = {
        use: iter([_Counted(Room(left - nth, wait), brought) for nth in range(1, number + 1)])
        for (use, number), (left, wait, brought) in zip(numbers.items(), found, strict=True)
    }
    return [next(counted[use]) for use in uses]


def _ask(numbers: Mapping[_Use, int]) -> list[tuple[int, int, list[bytes | None]]]:
    commands = [
        ("EVALSHA", NAME, len(use.keys), *use.keys, use.seconds, use.most, number) for use, number in numbers.items()
    ]
    try:
        return redis.ask(commands)
    except NoScriptError:  # Redis is new, or was asked to forget
        redis.client.script_load(COUNT)
        return _ask(numbers)


_counter = Together(_count, weigh=lambda _use: 1, heaviest=MOST_AT_ONCE, blames=())
