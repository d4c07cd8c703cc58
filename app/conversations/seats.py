"""How many live pages one person and one address may hold open, across all processes.

Employees are counted by person alone: a whole office shares one address, and nobody makes an employee of themselves.
"""

import time
from uuid import UUID

from redis import Redis

from app.core.access import Actor
from app.core.errors import TooManyRequests
from app.core.redis import redis

PER_PERSON = 20
PER_ADDRESS = 100
LEASE_SECONDS = 45
RETRY_AFTER_SECONDS = 30


def keys_of(actor: Actor, address: str) -> dict[str, int]:
    """Where the seats of somebody at an address are counted, and how many there are."""
    of_person = {f"seats:person:{actor.id}": PER_PERSON}
    return of_person if actor.is_staff else {**of_person, f"seats:address:{address}": PER_ADDRESS}


def take(seat: str, keys: dict[str, int]) -> None:
    """Take a seat; it is lost when it is not renewed. Without Redis nobody counts.

    Raises: TooManyRequests when all are taken.
    """
    if not redis.attempt(lambda client: _take(client, seat, keys), default=True):
        raise TooManyRequests(
            "Too many pages are open for live messages. Close some; this one still works by reloading.",
            retry_after=RETRY_AFTER_SECONDS,
        )


def _take(client: Redis, seat: str, keys: dict[str, int]) -> bool:
    with client.pipeline() as pipe:
        for key in keys:
            pipe.zremrangebyscore(key, 0, time.time())
            pipe.zadd(key, {seat: time.time() + LEASE_SECONDS})
            pipe.expire(key, LEASE_SECONDS)
            pipe.zcard(key)
        taken = pipe.execute()[3::4]
        fits = all(count <= most for count, most in zip(taken, keys.values(), strict=True))
        if not fits:
            for key in keys:
                pipe.zrem(key, seat)
            pipe.execute()
    return fits


def is_here(person_id: UUID) -> bool:
    """Whether a person has a live page open anywhere. Without Redis nobody knows, and nobody is."""
    key = f"seats:person:{person_id}"
    return bool(redis.attempt(lambda client: client.zcount(key, time.time(), "+inf"), 0))


def renew(seats: dict[str, dict[str, int]]) -> None:
    """Keep seats for another while."""
    redis.attempt(lambda client: _renew(client, seats), None)


def _renew(client: Redis, seats: dict[str, dict[str, int]]) -> None:
    with client.pipeline(transaction=False) as pipe:
        for seat, keys in seats.items():
            for key in keys:
                pipe.zadd(key, {seat: time.time() + LEASE_SECONDS})
                pipe.expire(key, LEASE_SECONDS)
        pipe.execute()


def free(seat: str, keys: dict[str, int]) -> None:
    """Give a seat back."""
    redis.attempt(lambda client: [client.zrem(key, seat) for key in keys], [])
