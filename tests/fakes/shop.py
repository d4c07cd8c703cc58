"""A program of the shop's that takes messages and checks who speaks to it; it shares no code with the product."""

import hashlib
import hmac
import json
from typing import Any

from tests.fakes.web import Server

SECRET = "a secret of the shop"


class Shop(Server):
    """Keeps what it `heard`."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        super().__init__()

    def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        said = dict(part.split("=", 1) for part in headers["X-Rapport-Signature"].split(","))
        wanted = hmac.digest(SECRET.encode(), said["t"].encode() + b"." + body, hashlib.sha256).hex()
        if (method, path) != ("POST", "/messages") or not hmac.compare_digest(wanted, said["v1"]):
            return 403, {}, b""
        self.heard += json.loads(body)["messages"]
        return 204, {}, b""
