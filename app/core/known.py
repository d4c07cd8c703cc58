"""Settings as every process knows them: read once, and again at once after any of them changes.

What tells is one token in Redis. Whoever changes a setting replaces it after the commit; a process that
sees another one than it knows reads what it needs again. The token itself ends after a minute, so that a
change that Redis missed is noticed all the same.
"""

import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from uuid import uuid4

from flask import g, has_request_context
from redis import Redis

from app.core.db import after_commit
from app.core.redis import read, redis

TOKEN = "rapport:settings"  # noqa: S105 - names a version
TOKEN_SECONDS = 60
BLIND_SECONDS = 1.0

Value = TypeVar("Value")
_changes = 0


class Known(Generic[Value]):
    """What `read` returns of some settings. Nobody changes it: all requests of the process share it."""

    def __init__(self, read: Callable[[], Value]) -> None:
        self._read = read
        self._version: tuple[str, int] | None = None
        self._read_at = 0.0

    def get(self) -> Value:
        """It as it is now: no statement as long as no setting changes."""
        token = _token()
        version = (token, _changes)
        # Without Redis nobody can be asked, and the tables no more often than this.
        is_old = not token and time.monotonic() - self._read_at >= BLIND_SECONDS
        if version != self._version or is_old:
            self._value = self._read()
            self._version, self._read_at = version, time.monotonic()
        return self._value


def changed() -> None:
    """Let every process read its settings again, once the present transaction is committed."""
    after_commit(_announce)


def _announce() -> None:
    global _changes  # noqa: PLW0603 - one count for the process
    _changes += 1
    if has_request_context():
        g.pop("settings_token", None)
    redis.attempt(lambda client: client.set(TOKEN, uuid4().hex, ex=TOKEN_SECONDS), None)


def _token() -> str:
    """The present version, "" without Redis; a request asks once."""
    if not has_request_context():
        return _ask()
    if "settings_token" not in g:
        g.settings_token = _ask()
    token: str = g.settings_token
    return token


def _ask() -> str:
    present = read(TOKEN)
    token: str = present.decode() if present else redis.attempt(_begin, "")
    return token


def _begin(client: Redis) -> str:
    fresh = uuid4().hex
    present: Any = client.set(TOKEN, fresh, nx=True, get=True, ex=TOKEN_SECONDS)
    return present.decode() if present else fresh
