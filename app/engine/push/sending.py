"""Handing messages to push services (RFC 8030)."""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Literal

import httpx

from app.core import outward
from app.core.clock import now
from app.engine.push import encryption, vapid
from app.engine.push.encryption import LARGEST, Reader

Urgency = Literal["very-low", "low", "normal", "high"]
State = Literal["sent", "gone", "refused", "trouble", "later", "unknown"]

TIMEOUT = httpx.Timeout(15, connect=5)
AT_ONCE = 16
DAY_SECONDS = 24 * 3600
TITLE_BYTES, URL_BYTES = 400, 1000
TOPIC_LENGTH = 32
SAID_LENGTH = 200
FALLBACK_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 60.0, 6 * 3600.0
GONE, REFUSED, TROUBLE, TOO_MANY, BROKEN = (404, 410), (400, 413), (401, 403), 429, 500


@dataclass(frozen=True, slots=True)
class Message:
    """What is shown. A later one of the same `tag` takes the place of an earlier one, also while it is on its way.

    `lives_seconds`: how long a push service keeps it for a device that is off.
    """

    title: str
    body: str = ""
    url: str = "/"
    tag: str = ""
    lives_seconds: int = DAY_SECONDS
    urgency: Urgency = "normal"

    @property
    def content(self) -> bytes:
        """As the service worker reads it. The text is cut so that it fits."""
        said = {"title": _cut(self.title, TITLE_BYTES), "url": self.url if _fits(self.url) else "/", "tag": self.topic}
        room = LARGEST - len(_json({**said, "body": ""}))
        return _json({**said, "body": _cut(self.body, room)})

    @property
    def topic(self) -> str:
        """The tag as a header may have it: at most 32 letters of base64url; empty for none."""
        return encryption.encode(hashlib.sha256(self.tag.encode()).digest())[:TOPIC_LENGTH] if self.tag else ""


@dataclass(frozen=True, slots=True)
class Address:
    """Where one device is reached."""

    endpoint: str
    reader: Reader


@dataclass(frozen=True, slots=True)
class Answer:
    """What a push service said. `gone`: the device is none any more; `trouble`: it does not know us.

    `refused`: this message will never do; `unknown`: it may have taken it.
    """

    state: State
    code: str = ""
    words: str = ""
    after_seconds: float = 0
    reference: str = ""


class Sender:
    """Sends many messages at once, over connections that it keeps."""

    def __init__(self) -> None:
        self._client = outward.client(TIMEOUT)
        self._threads = ThreadPoolExecutor(AT_ONCE, "push")

    def send(self, messages: Sequence[tuple[Address, Message]]) -> list[Answer]:
        """Send each to its device; returns what became of each, in order."""
        signer = vapid.signer()
        return list(self._threads.map(lambda one: self._send(signer, *one), messages))

    def close(self) -> None:
        """Let go of connections."""
        self._threads.shutdown()
        self._client.close()

    def _send(self, signer: vapid.Signer, address: Address, message: Message) -> Answer:
        try:
            body = encryption.encrypt(message.content, address.reader)
        except ValueError as error:
            return Answer("gone", words=f"Its keys are none: {error}"[:SAID_LENGTH])
        headers = {
            "Authorization": signer.authorization(address.endpoint),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(message.lives_seconds),
            "Urgency": message.urgency,
        }
        if message.topic:
            headers["Topic"] = message.topic
        try:
            return read(self._client.post(address.endpoint, content=body, headers=headers))
        except (outward.NotPublic, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            return Answer("gone", words=str(error)[:SAID_LENGTH])
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Answer("later", words=_name(error), after_seconds=FALLBACK_WAIT_SECONDS)
        except httpx.HTTPError as error:  # it may have gone; a second one of the same tag takes its place
            return Answer(
                "later" if message.tag else "unknown", words=_name(error), after_seconds=FALLBACK_WAIT_SECONDS
            )


def read(answer: httpx.Response) -> Answer:
    """What an answer means."""
    status, words = answer.status_code, answer.text[:SAID_LENGTH].strip()
    code = str(status)
    if answer.is_success:
        return Answer("sent", code, reference=answer.headers.get("location", "")[:SAID_LENGTH])
    if status in GONE:
        return Answer("gone", code, words or "The device is not there any more.")
    if status in TROUBLE:
        return Answer("trouble", code, words or "The push service does not accept our key.")
    if status == TOO_MANY or status >= BROKEN:
        return Answer("later", code, words, after_seconds=wait_of(answer.headers.get("retry-after", ""), now()))
    return Answer("refused", code, words)


def wait_of(retry_after: str, moment: datetime) -> float:
    """How many seconds to wait for a Retry-After of seconds or a date, a minute where it says nothing of use."""
    try:
        wait = (
            float(retry_after)
            if retry_after.isdigit()
            else (parsedate_to_datetime(retry_after) - moment).total_seconds()
        )
    except (ValueError, TypeError):
        return FALLBACK_WAIT_SECONDS
    return min(max(wait, 1.0), LONGEST_WAIT_SECONDS)


def _name(error: httpx.HTTPError) -> str:
    return type(error).__name__


def _json(said: dict[str, str]) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _fits(url: str) -> bool:
    return len(_json({"": url})) <= URL_BYTES


def _cut(text: str, room: int) -> str:
    """As much of a text as takes so many bytes of JSON."""
    if len(_json({"": text})) - len(_json({"": ""})) <= room:
        return text
    low, high = 0, min(len(text), room)
    while low < high:
        middle = (low + high + 1) // 2
        taken = len(_json({"": text[:middle] + "…"})) - len(_json({"": ""}))
        low, high = (middle, high) if taken <= room else (low, middle - 1)
    return text[:low] + "…"
