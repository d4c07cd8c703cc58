"""Rate limits in Redis, counted across all processes."""

import hashlib
from dataclasses import dataclass
from functools import cache

from limits import RateLimitItem
from limits import parse as _parse
from redis.exceptions import NoScriptError, RedisError

from app.core.errors import TooManyRequests, Unavailable
from app.core.redis import bring, redis, unread

# The uses within the window, newest first, by the one clock of Redis; what is older goes off the other end. What
# is under further keys comes along.
COUNT = """
local clock = redis.call('TIME')
local now, window, most = clock[1] * 1000000 + clock[2], ARGV[1] * 1000000, tonumber(ARGV[2])
local oldest = tonumber(redis.call('LINDEX', KEYS[1], -1))
while oldest and oldest <= now - window do
    redis.call('RPOP', KEYS[1])
    oldest = tonumber(redis.call('LINDEX', KEYS[1], -1))
end
local left = most - redis.call('LLEN', KEYS[1])
if left > 0 then
    redis.call('LPUSH', KEYS[1], string.format('%.0f', now))
    redis.call('EXPIRE', KEYS[1], ARGV[1])
end
local wait = math.ceil(((oldest or now) + window - now) / 1000000)
return {left - 1, wait, #KEYS > 1 and redis.call('MGET', unpack(KEYS, 2)) or {}}
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
    try:
        left, wait, found = _count(["/".join(("limit", limit, *identity)), *keys], item.get_expiry(), item.amount)
    except RedisError:
        if fail_closed:
            raise Unavailable from None
        return Room(1, 1)
    if keys:
        bring(keys, found)
    if left < 0:
        raise TooManyRequests(f"Please wait {wait} seconds and try again.", retry_after=wait)
    return Room(left, wait)


def _count(keys: list[str], seconds: int, most: int) -> tuple[int, int, list[bytes | None]]:
    try:
        return redis.client.evalsha(NAME, len(keys), *keys, seconds, most)  # type: ignore[return-value]
    except NoScriptError:  # Redis is new, or was asked to forget
        return redis.client.eval(COUNT, len(keys), *keys, seconds, most)  # type: ignore[return-value]
