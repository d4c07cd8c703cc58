"""Turns for what programs send by thousands at the same moment: so many are worked on at a time, the others wait.

A thousand that begin together take longer than the same thousand one after another: each holds what the others wait
for, and a question to Redis or PostgreSQL takes as long as all of them, until it is given up and asked again.
"""

from collections.abc import Callable, Iterable
from threading import Semaphore
from typing import Any

AT_ONCE = 20
"""In one process; PostgreSQL has as many connections for it without opening more."""


class Turns:
    """Around the application, for one address."""

    def __init__(self, application: Callable[..., Iterable[bytes]], path: str):
        self._application, self._path = application, path
        self._free = Semaphore(AT_ONCE)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """As WSGI has it."""
        if environ["PATH_INFO"] != self._path:
            return self._application(environ, start_response)
        with self._free:
            return self._application(environ, start_response)
