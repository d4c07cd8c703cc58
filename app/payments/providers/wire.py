"""HTTPS with a vendor: its own hosts alone, no redirects, an end to waiting; all of it written down."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from app.core import outward
from app.payments.providers.errors import VendorBusy, VendorRefused

TIMEOUT = httpx.Timeout(10, connect=5)
LARGEST_ANSWER = 32 * 1024 * 1024

Note = Callable[..., None]


@dataclass(frozen=True)
class Answer:
    """What came back, as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    took_ms: int


class Wire:
    """Speaks with the hosts of one vendor. `note(title, ...)` writes each request and answer down."""

    def __init__(self, base_url: str, hosts: tuple[str, ...], note: Note):
        base = urlsplit(base_url)
        self._scheme, self._port = base.scheme, base.port
        self._hosts = (*hosts, base.hostname or "")
        self._note = note

    def send(
        self,
        method: str,
        url: str,
        *,
        title: str,
        shown: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
    ) -> Answer:
        """Ask and wait. `shown` is what of it may be read by people. Raises: VendorBusy, VendorRefused."""
        self._check(url)
        self._note(title, sender="shop", receiver="vendor", detail=shown)
        started = time.monotonic()
        try:
            answer = self._exchange(method, url, headers or {}, content, started)
        except httpx.HTTPError as error:
            words = type(error).__name__
            took = _milliseconds(started)
            self._note(
                "No answer", sender="vendor", receiver="shop", detail={"why": words}, is_good=False, took_ms=took
            )
            raise VendorBusy(words) from error
        return answer

    def tell(self, title: str, shown: Mapping[str, Any]) -> None:
        """Write down what is asked through the customer's browser."""
        self._note(title, sender="shop", receiver="vendor", detail=dict(shown))

    def heard(self, answer: Answer, title: str, shown: Mapping[str, Any], *, is_good: bool = True) -> None:
        """Write down what an answer said, as far as people may read it."""
        detail = {"status": answer.status, **shown}
        self._note(title, sender="vendor", receiver="shop", detail=detail, is_good=is_good, took_ms=answer.took_ms)

    def _exchange(self, method: str, url: str, headers: Mapping[str, str], content: bytes, started: float) -> Answer:
        with (
            httpx.Client(verify=outward.tls(), timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream(method, url, headers=dict(headers), content=content or None) as response,
        ):
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    raise httpx.ReadError("too much")
            return Answer(response.status_code, response.headers, bytes(body), _milliseconds(started))

    def _check(self, url: str) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        known = any(host == one or (one.startswith(".") and host.endswith(one)) for one in self._hosts)
        if not known or parts.scheme != self._scheme or parts.port != self._port or parts.username:
            raise VendorRefused("foreign_host", parts.hostname or "")


def _milliseconds(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
