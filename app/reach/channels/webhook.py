"""Webhooks: messages as signed requests to a program of the shop's, which brings them to people as it likes."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from time import time

import httpx

from app.core import outward
from app.people.models import Customer
from app.reach.channels.base import (
    SENT,
    Channel,
    Outcome,
    Outgoing,
    Part,
    ProviderTrouble,
    Setting,
    Strategy,
    add_channel,
    add_strategy,
)

TIMEOUT = httpx.Timeout(15, connect=5)
TOO_MANY, TOO_EARLY, GONE, BROKEN = 429, 425, 410, 500
NOT_FOR_US = (401, 403, 404, 405, GONE)
SHORTEST_SECRET = 16
BUSY_SECONDS = 60

add_channel(
    Channel(
        key="webhook",
        label="Webhook",
        icon="api",
        consent="in_app",
        parts=(Part("title", "Title", 120, is_needed=False), Part("body", "Text", 10_000, is_long=True)),
        address=lambda: Customer.person_id,
    )
)


@add_strategy
class Webhook(Strategy):
    """A batch is one request: `{"messages": [{"id", "customer_id", "parts"}]}`, signed over its bytes and the time.

    A program that heard a batch and could not say so gets it again, so it tells a message by its `id`.
    """

    key = "webhook"
    channel = "webhook"
    label = "A program of yours"
    batch = 500
    settings = (
        Setting("url", "Address", hint="HTTPS, and reached from the internet.", is_needed=True),
        Setting("secret", "Secret that signs", is_secret=True, is_needed=True, hint="At least 16 characters."),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        """Raises: ProviderTrouble for settings that make no sense."""
        super().__init__(settings)
        self._url, self._secret = settings.get("url", ""), settings.get("secret", "").encode()
        if not outward.is_reachable(self._url):
            raise ProviderTrouble("Enter an address such as https://shop.example/messages.", "url")
        if len(self._secret) < SHORTEST_SECRET:
            raise ProviderTrouble(f"Enter at least {SHORTEST_SECRET} characters.", "secret")
        self._client = outward.client(TIMEOUT)

    def send(self, messages: Sequence[Outgoing]) -> list[Outcome]:
        """Send a batch. Raises: ProviderTrouble when the program is not there, or does not want us."""
        told = [{"id": one.reference, "customer_id": str(one.person_id), "parts": dict(one.parts)} for one in messages]
        try:
            answer = self._post({"messages": told})
        except httpx.TransportError as error:
            raise ProviderTrouble(f"It does not answer: {error}") from None
        if answer.is_success:
            return [SENT] * len(messages)
        if answer.status_code in NOT_FOR_US or answer.is_redirect:
            raise ProviderTrouble(f"It answers {answer.status_code}. Look at the address and the secret.")
        return [_outcome(answer)] * len(messages)

    def test(self) -> str:
        """Send a batch without messages. Raises: ProviderTrouble."""
        try:
            answer = self._post({"messages": []})
        except httpx.TransportError as error:
            raise ProviderTrouble(f"It does not answer: {error}") from None
        if not answer.is_success:
            raise ProviderTrouble(f"It answers {answer.status_code}.")
        return f"It answers {answer.status_code} to a batch without messages."

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _post(self, told: Mapping[str, object]) -> httpx.Response:
        body, moment = json.dumps(told, ensure_ascii=False).encode(), int(time())
        seal = hmac.new(self._secret, b"%d." % moment + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Rapport-Signature": f"t={moment},v1={seal}"}
        return self._client.post(self._url, content=body, headers=headers)


def _outcome(answer: httpx.Response) -> Outcome:
    code, asked = str(answer.status_code), answer.headers.get("Retry-After", "")
    if answer.status_code in (TOO_MANY, TOO_EARLY) or answer.status_code >= BROKEN:
        return Outcome("later", code=code, after_seconds=float(asked) if asked.isdecimal() else BUSY_SECONDS)
    return Outcome("failed", code=code, words="The program refused them.")
