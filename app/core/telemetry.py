"""Figures for the operator's own collector, sent beside the work and never in its way.

What is reported waits in a short memory of the process; a thread posts it as JSON to `TELEMETRY_URL`. A collector that
is slow or away costs the oldest figures, which are counted, and nobody else anything. Without an address nothing is
kept.
"""

import threading
from collections import deque
from typing import Any

import httpx

from app.core import outward
from app.core.clock import now
from app.core.log import get

MOST_WAITING = 10_000
MOST_AT_ONCE = 500
EVERY_SECONDS = 1.0
TIMEOUT = httpx.Timeout(30, connect=5)

log = get(__name__)


class Telemetry:
    """The figures of one process."""

    def __init__(self) -> None:
        self._url = ""
        self._waiting: deque[dict[str, Any]] = deque(maxlen=MOST_WAITING)
        self._dropped = 0
        self._sender: threading.Thread | None = None
        self._bell = threading.Event()

    def init(self, url: str) -> None:
        """Report to this address from now on; "" keeps nothing."""
        self._url = url

    @property
    def dropped(self) -> int:
        """How many figures were lost because the collector did not keep up, and it has not been told yet."""
        return self._dropped

    def report(self, name: str, **facts: Any) -> None:
        """Tell of something that was done; returns at once whatever the collector does."""
        if not self._url:
            return
        if len(self._waiting) == MOST_WAITING:
            self._dropped += 1
        self._waiting.append({"name": name, "at": now().isoformat(), **facts})
        if self._sender is None or not self._sender.is_alive():
            self._sender = threading.Thread(target=self._send, daemon=True)
            self._sender.start()
        self._bell.set()

    def _send(self) -> None:
        with httpx.Client(verify=outward.tls(), timeout=TIMEOUT, trust_env=False) as client:
            while True:
                self._bell.wait()
                self._bell.clear()
                while self._waiting:
                    self._post(client)

    def _post(self, client: httpx.Client) -> None:
        few = [self._waiting.popleft() for _one in range(min(MOST_AT_ONCE, len(self._waiting)))]
        dropped = self._dropped
        try:
            client.post(self._url, json={"figures": few, "dropped": dropped}).raise_for_status()
            self._dropped -= dropped
        except httpx.HTTPError as error:
            self._dropped += len(few)
            log.warning("telemetry.not_taken", error=type(error).__name__, dropped=self._dropped)
            threading.Event().wait(EVERY_SECONDS)


telemetry = Telemetry()
