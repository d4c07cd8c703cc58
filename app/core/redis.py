"""Redis: transport, limits and short memory. Never the only place anything is kept."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import redis as redis_client
from flask import g, has_request_context
from redis.backoff import ExponentialBackoff
from redis.connection import DefaultParser
from redis.exceptions import RedisError
from redis.retry import Retry

from app.core import metrics
from app.core.db import hooks_after_commit
from app.core.log import get

log = get(__name__)

SLOW_SECONDS = 0.02


class RedisHolder:
    """The process's one connection pool; `init` once, then `redis.client`."""

    client: redis_client.Redis
    parser: type = DefaultParser

    def init(self, url: str) -> None:
        """Connect lazily, with short time-outs: a slow Redis must not hold a page."""
        self.client = redis_client.Redis.from_url(
            url,
            socket_timeout=5,
            socket_connect_timeout=2,
            health_check_interval=30,
            retry=Retry(ExponentialBackoff(cap=0.2, base=0.05), 1),
            parser_class=self.parser,
        )

    def attempt(self, command: Callable[[redis_client.Redis], Any], default: Any) -> Any:
        """Run a command whose absence only costs speed; on any Redis failure return `default`."""
        try:
            return command(self.client)
        except RedisError as error:
            metrics.degraded.labels(part="redis").inc()
            log.warning("redis.unavailable", error=type(error).__name__)
            return default

    def ask(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Send commands in one go; returns what is answered to each, as it came. Raises: RedisError.

        A pipeline of the client takes as long to put together as Redis takes to answer it.
        """
        pool = self.client.connection_pool
        connection = pool.get_connection()

        def go() -> list[Any]:
            connection.send_packed_command(connection.pack_commands(commands))
            return [connection.read_response() for _command in commands]

        try:
            answers: list[Any] = connection.retry.call_with_retry(go, lambda _error: connection.disconnect())
        except BaseException:  # what is left to be read would be taken for the answer to something else
            connection.disconnect()
            raise
        finally:
            pool.release(connection)
        return answers

    def publish(self, topic: str, message: str) -> None:
        """Ring a doorbell. Listeners that miss it catch up from PostgreSQL."""
        self.attempt(lambda client: client.publish(topic, message), 0)


redis = RedisHolder()
_foreseen: dict[Callable[[], str], None] = {}


def foresee(key: Callable[[], str]) -> None:
    """Let each request read the value under this key with those of the others, by one command; "" for none."""
    _foreseen[key] = None


def unread() -> list[str]:
    """The keys that this request will ask for, until somebody who goes to Redis has brought what is under them."""
    if not has_request_context() or "brought" in g:
        return []
    return [key for find in _foreseen if (key := find())]


def bring(keys: list[str], values: list[bytes | None]) -> None:
    """Here is what was unread."""
    g.brought = dict(zip(keys, values, strict=True))


def read(key: str) -> bytes | None:
    """What is under a key; as it was when the request began, the first time something foreseen is asked for."""
    keys = unread()
    if key in keys:
        bring(keys, redis.attempt(lambda client: client.mget(keys), [None] * len(keys)))
    brought: dict[str, bytes | None] = g.get("brought", {}) if has_request_context() else {}
    return brought.pop(key) if key in brought else redis.attempt(lambda client: client.get(key), None)


class Rings(dict[tuple[str, str], None]):
    """Doorbells that ring together when a transaction is committed, equal ones once."""

    def __call__(self) -> None:
        """Ring them in one go, along with those of whoever committed while somebody else was ringing."""
        _to_ring.append(self)
        with _ringing:
            rings: dict[tuple[str, str], None] = {}
            while _to_ring:
                rings |= _to_ring.popleft()
            if rings:
                commands = [("PUBLISH", topic, message) for topic, message in rings]
                redis.attempt(lambda _client: redis.ask(commands), None)


_to_ring: deque[Rings] = deque()
_ringing = threading.Lock()


def publish_after_commit(topic: str, message: str) -> None:
    """Ring a doorbell once the present transaction is committed."""
    hooks = hooks_after_commit()
    rings = next((hook for hook in hooks if isinstance(hook, Rings)), None)
    if rings is None:
        rings = Rings()
        hooks.append(rings)
    rings[topic, message] = None


def cached(key: str, seconds: int, compute: Callable[[], Any], *, is_worth: Callable[[Any], bool] | None = None) -> Any:
    """Return the JSON value kept under `key`, or compute it and keep it for `seconds`, where it `is_worth` that."""
    raw = redis.attempt(lambda client: client.get(key), None)
    if raw is not None:
        metrics.cache_reads.labels(outcome="hit").inc()
        return json.loads(raw)
    metrics.cache_reads.labels(outcome="miss").inc()
    value = compute()
    if is_worth is None or is_worth(value):
        redis.attempt(lambda client: client.set(key, json.dumps(value), ex=seconds), None)
    return value


def cached_when_slow(key: str, seconds: int, compute: Callable[[], Any]) -> Any:
    """As `cached`, where to compute it took longer than a page has time for; what is quick is always fresh."""
    started = time.perf_counter()
    return cached(key, seconds, compute, is_worth=lambda _value: time.perf_counter() - started > SLOW_SECONDS)


def forget(key: str) -> None:
    """Drop what is kept under `key`, because what it was computed from has changed."""
    redis.attempt(lambda client: client.delete(key), None)
