"""A push service and the browsers behind it, from RFC 8030, 8188, 8291 and 8292; it shares no code with the product.

It runs in a process of its own: `python -m tests.fakes.push_service` says its address on the first line, and is told
what to do by lines of JSON, each answered by one. It keeps the browsers' private keys, checks who sends, and decrypts.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fakes.web import Server

CURVE = ec.SECP256R1()
URGENCIES = ("very-low", "low", "normal", "high")
LARGEST_BODY = 4096
Said = tuple[int, dict[str, str], bytes]


def unpad(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def pad(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def mac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


class FakeBrowser:
    """A user agent: its key pair, its secret, and what reached it."""

    def __init__(self, server_key: str) -> None:
        self.key = ec.generate_private_key(CURVE)
        self.point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.secret = os.urandom(16)
        self.server_key = server_key
        self.waiting: list[dict[str, Any]] = []

    def decrypt(self, body: bytes) -> bytes:
        """RFC 8188 section 2.1 and RFC 8291 section 3.4, with HKDF written out as HMAC."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        if len(record) > size or size < 18:
            raise ValueError("more than one record")
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
        prk = mac(self.secret, shared)
        secret = mac(prk, b"WebPush: info\x00" + self.point + sender + b"\x01")
        prk = mac(salt, secret)
        key = mac(prk, b"Content-Encoding: aes128gcm\x00\x01")[:16]
        nonce = mac(prk, b"Content-Encoding: nonce\x00\x01")[:12]
        padded = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\x00")
        if padded[-1:] != b"\x02":
            raise ValueError("no delimiter of a last record")
        return padded[:-1]


class PushService(Server):
    """Takes messages for browsers that subscribed with the key of an application server."""

    def __init__(self) -> None:
        self.browsers: dict[str, FakeBrowser] = {}
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.tokens: list[str] = []
        super().__init__()

    def subscribe(self, server_key: str) -> dict[str, str]:
        """What `pushManager.subscribe` gives a page."""
        name = pad(os.urandom(18))
        browser = self.browsers[name] = FakeBrowser(server_key)
        return {"endpoint": f"{self.url}/push/{name}", "p256dh": pad(browser.point), "auth": pad(browser.secret)}

    def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Said:
        if self.answers:
            status, more = self.answers.pop(0)
            return status, more, b"as told"
        browser = self.browsers.get(path.removeprefix("/push/"))
        if method != "POST" or browser is None:
            return 410 if path.startswith("/push/") else 404, {}, b"gone"
        told = {name.lower(): value for name, value in headers.items()}
        wrong = self._fault(told, body)
        if wrong:
            return *wrong[:1], {}, wrong[1].encode()
        refusal = self._stranger(told.get("authorization", ""), browser.server_key)
        if refusal:
            return 403, {}, refusal.encode()
        message = {"ttl": int(told["ttl"]), "urgency": told.get("urgency", "normal"), "topic": told.get("topic", "")}
        message["said"] = json.loads(browser.decrypt(body))
        if message["topic"]:
            browser.waiting = [one for one in browser.waiting if one["topic"] != message["topic"]]
        browser.waiting.append(message)
        return 201, {"Location": f"{self.url}/message/{pad(os.urandom(9))}"}, b""

    @staticmethod
    def _fault(told: dict[str, str], body: bytes) -> tuple[int, str] | None:
        if not told.get("ttl", "").isdecimal():
            return 400, "TTL is needed"
        if len(body) > LARGEST_BODY:
            return 413, "too large"
        if told.get("content-encoding") != "aes128gcm":
            return 415, "unknown encoding"
        if told.get("urgency", "normal") not in URGENCIES:
            return 400, "unknown urgency"
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,32}", told.get("topic", "")):
            return 400, "bad topic"
        return None

    def _stranger(self, authorization: str, server_key: str) -> str:
        """RFC 8292: why the sender is not the one this browser subscribed to; empty when it is."""
        found = re.fullmatch(r"vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)", authorization)
        if not found:
            return "no vapid"
        head, claims, signature, key = found.groups()
        self.tokens.append(f"{head}.{claims}.{signature}")
        said = json.loads(unpad(claims))
        if key != server_key:
            return "another key"
        if json.loads(unpad(head)).get("alg") != "ES256":
            return "no ES256"
        if said.get("aud") != self.url:
            return "another audience"
        if not time.time() < said.get("exp", 0) <= time.time() + 86_400:
            return "expired, or good for too long"
        if not re.match(r"mailto:.+@.+|https:", said.get("sub", "")):
            return "nobody to write to"
        raw = unpad(signature)
        der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(CURVE, unpad(key)).verify(
                der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256())
            )
        except InvalidSignature:
            return "not signed with it"
        return ""

    def obey(self, order: dict[str, Any]) -> Any:
        """What the test asks for."""
        name = order.get("endpoint", "").rpartition("/")[2]
        match order["do"]:
            case "subscribe":
                return self.subscribe(order["key"])
            case "shown":
                return self.browsers[name].waiting
            case "drop":
                self.browsers.pop(name)
            case "answer":
                self.answers += [(status, more) for status, more in order["answers"]]
            case "mood":
                self.moods += order["moods"]
            case "tokens":
                return self.tokens
        return True


class PushServiceProcess:
    """The service as a test holds it."""

    def __init__(self) -> None:
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.push_service"],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.url = self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def ask(self, do: str, **more: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **more}) + "\n")
        return self._read()

    def shown(self, endpoint: str) -> list[dict[str, Any]]:
        """What reached the browser of an endpoint, decrypted."""
        found: list[dict[str, Any]] = self.ask("shown", endpoint=endpoint)
        return found

    def stop(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        self._process.wait(10)


def main() -> None:
    service = PushService()
    print(json.dumps(service.url), flush=True)  # noqa: T201 - how the test hears of it
    for line in sys.stdin:
        print(json.dumps(service.obey(json.loads(line))), flush=True)  # noqa: T201
    service.stop()


if __name__ == "__main__":
    main()
