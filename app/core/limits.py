"""Rate limits in Redis, counted across all processes."""

import math
import time

from limits import RateLimitItem, parse
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from app.core.errors import TooManyRequests, Unavailable
from app.core.redis import redis

_limiters: dict[int, MovingWindowRateLimiter] = {}


def _limiter() -> MovingWindowRateLimiter:
    pool = redis.client.connection_pool
    if id(pool) not in _limiters:
        _limiters[id(pool)] = MovingWindowRateLimiter(
            RedisStorage("redis://", connection_pool=pool, key_prefix="limit")
        )
    return _limiters[id(pool)]


def hit(limit: str, *identity: str, fail_closed: bool = False) -> None:
    """Count one use against `limit` ("100/minute") for this identity, e.g. `hit("5/minute", "sign-in", ip)`.

    Raises: TooManyRequests when the limit is reached; Unavailable when Redis is away and
    `fail_closed` (money and sends); otherwise an absent Redis lets the request pass.
    """
    item: RateLimitItem = parse(limit)
    try:
        if _limiter().hit(item, *identity):
            return
    except RedisError:
        if fail_closed:
            raise Unavailable from None
        return
    _left, wait = room(limit, *identity)
    raise TooManyRequests(f"Please wait {wait} seconds and try again.", retry_after=wait)


def room(limit: str, *identity: str) -> tuple[int, int]:
    """How many uses are left, and how many seconds until the window has room for one more."""
    try:
        reset, left = _limiter().get_window_stats(parse(limit), *identity)
    except RedisError:
        return 1, 1
    return left, max(1, math.ceil(reset - time.time()))
