"""Turns for what many ask for at the same moment: so many are worked on at a time, the others wait.

Those that begin together take longer than as many one after another: each holds what the others wait for, keeps a
connection whose statements PostgreSQL plans anew, and asks Redis questions that take as long as all of them.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Lock
from typing import Any

LARGEST_BODY = 64 * 1024


class Turns:
    """Around the application, for requests of some kind.

    One takes its turn once its whole body is there, for who sends slowly must keep nobody waiting; one with a larger
    body, such as of files, or of unknown length goes without.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]], asked: str, at_once: int):
        """`asked`: the method and the path, as a regular expression; `at_once`: so many in one process."""
        self._application, self._asked = application, re.compile(asked)
        self._free, self._waiting, self._lock = at_once, deque[Lock](), Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """As WSGI has it."""
        length = environ.get("CONTENT_LENGTH") or "0"
        is_small = length.isdecimal() and int(length) <= LARGEST_BODY and "HTTP_TRANSFER_ENCODING" not in environ
        if not is_small or not self._asked.fullmatch(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"):
            return self._application(environ, start_response)
        environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(length)))
        with self._turn():
            return self._application(environ, start_response)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Handed to who has waited longest: with a semaphore, whoever comes just then would take it from them."""
        mine = Lock()
        mine.acquire()
        with self._lock:
            self._waiting.append(mine)
            self._let_in()
        with mine:
            try:
                yield
            finally:
                with self._lock:
                    self._free += 1
                    self._let_in()

    def _let_in(self) -> None:
        while self._free and self._waiting:
            self._free -= 1
            self._waiting.popleft().release()
