"""Text messages, by Twilio and whoever speaks as it does."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from flask import current_app

from app.calls.providers.twilio import LIVE_URL, VERSION
from app.core import outward, web
from app.core.crypto import CannotDecrypt, keyring
from app.core.errors import Invalid
from app.people import details
from app.people.models import Customer
from app.reach.channels.base import (
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

LABEL = "people.phone"
AT_ONCE = 8
TIMEOUT = httpx.Timeout(20, connect=5)
ACCEPTED, UNAUTHORIZED, FORBIDDEN, TOO_MANY, BROKEN = 201, 401, 403, 429, 500
RATE, RATE_SECONDS, BUSY_SECONDS = 20429, 30, 60
NO_NUMBER = (21211, 21214, 21217, 21614, 30005, 30006)
"""What Twilio says of numbers that no message will ever reach."""
UNWANTED = 21610
NOT_OURS = (20003, 20005, 21603, 21606, 21659, 21660)
"""What it says when the account, or the number that we send from, is at fault."""
DONE = {"queued": "sent", "sending": "sent", "accepted": "sent", "sent": "sent", "delivered": "sent", "read": "sent"}


def _fingerprint(typed: str) -> bytes:
    number = details.phone(typed, current_app.extensions["rapport"].country)
    if number is None:
        raise Invalid("Enter a phone number such as +44 20 7946 0000.")
    return keyring.blind_index(number, LABEL)


SMS = Channel(
    key="sms",
    label="Text message",
    icon="device-mobile",
    consent="sms",
    parts=(Part("body", "Text", 1_600, is_long=True),),
    address=lambda: Customer.phone_enc,
    fingerprint=lambda: Customer.phone_index,
    fingerprint_of=_fingerprint,
)
add_channel(SMS)


@add_strategy
class Twilio(Strategy):
    """Twilio's Messages: some requests at once, each on a connection that is kept.

    What went out and was not answered may have gone; its reports say so later, at the address each message names.
    """

    key = "twilio"
    channel = "sms"
    label = "Twilio"
    batch = 10
    is_costly = True
    is_proven = False
    settings = (
        Setting("account_sid", "Account SID", hint="Begins with AC.", is_needed=True),
        Setting("token", "Auth token", is_secret=True, is_needed=True),
        Setting(
            "sender",
            "From",
            hint="A number of yours such as +442079460000, or a messaging service (MG…).",
            is_needed=True,
        ),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
        account = settings.get("account_sid", "")
        base = current_app.extensions["rapport"].twilio_url or LIVE_URL
        self._url = f"{base}/{VERSION}/Accounts/{account}"
        self._report_to = web.public_url("/hooks/twilio-sms/")
        self._client = httpx.Client(
            auth=(account, settings.get("token", "")),
            verify=outward.tls(),
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=False,
        )
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sms")

    def send(self, messages: Sequence[Outgoing]) -> list[Outcome]:
        """Send them. Raises: ProviderTrouble when none went, through no fault of theirs."""
        forms = [self._form(one) for one in messages]
        answers = list(self._threads.map(self._send, forms))
        troubles = [one for one in answers if isinstance(one, ProviderTrouble)]
        if troubles and len(troubles) == len(answers):
            raise troubles[0]
        return [Outcome("later", words=str(one)) if isinstance(one, ProviderTrouble) else one for one in answers]

    def look_up(self, reference: str, provider_ref: str) -> Outcome | None:
        """Ask Twilio, where we know what it calls the message."""
        if not provider_ref:
            return None
        try:
            answer = self._client.get(f"{self._url}/Messages/{provider_ref}.json")
        except httpx.HTTPError:
            return None
        said = _said(answer)
        state = str(said.get("status", ""))
        if state in DONE:
            return Outcome("sent", provider_ref=provider_ref)
        if state in ("failed", "undelivered"):
            return _refused(int(said.get("error_code") or 0), str(said.get("error_message") or state))
        return None

    def test(self) -> str:
        """Ask for the account. Raises: ProviderTrouble."""
        try:
            answer = self._client.get(f"{self._url}.json")
        except httpx.HTTPError as error:
            raise ProviderTrouble(f"Twilio cannot be reached: {error}") from None
        said = _said(answer)
        if not answer.is_success:
            raise ProviderTrouble(_words(answer, said))
        return f"The account {said.get('friendly_name', '')} is {said.get('status', 'there')}."

    def close(self) -> None:
        """Let go of connections."""
        self._threads.shutdown(wait=False)
        self._client.close()

    def _form(self, message: Outgoing) -> dict[str, str] | None:
        """The form that sends one; None where the number cannot be read."""
        try:
            number = keyring.decrypt(message.address, f"{LABEL}|{message.person_id}")
        except CannotDecrypt:
            return None
        sender = self.config.get("sender", "")
        name = "MessagingServiceSid" if sender.startswith("MG") else "From"
        report_to = self._report_to + message.reference
        return {"To": number, name: sender, "Body": message.parts["body"], "StatusCallback": report_to}

    def _send(self, form: dict[str, str] | None) -> Outcome | ProviderTrouble:
        if form is None:
            return Outcome("failed", code="number", words="Their number cannot be read with the present keys.")
        try:
            answer = self._client.post(f"{self._url}/Messages.json", data=form)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return ProviderTrouble(f"Twilio cannot be reached: {error}")
        except httpx.HTTPError as error:
            return Outcome("unknown", words=f"No answer: {type(error).__name__}")
        said = _said(answer)
        if answer.status_code == ACCEPTED and said.get("sid"):
            return Outcome("sent", provider_ref=str(said["sid"]))
        if answer.is_success:
            return Outcome("unknown", words="An answer that makes no sense.")
        return _declined(answer, said)


def _declined(answer: httpx.Response, said: Mapping[str, Any]) -> Outcome | ProviderTrouble:
    """Why Twilio did not take a message: for now, for good, or through a fault of the account."""
    code = int(said.get("code") or 0)
    if answer.status_code == TOO_MANY or code == RATE:
        return Outcome("later", code=str(RATE), after_seconds=_seconds(answer, RATE_SECONDS))
    if answer.status_code >= BROKEN:
        return Outcome("later", code=str(answer.status_code), after_seconds=_seconds(answer, BUSY_SECONDS))
    if answer.status_code in (UNAUTHORIZED, FORBIDDEN) or code in NOT_OURS:
        return ProviderTrouble(_words(answer, said))
    return _refused(code, str(said.get("message", "")))


def _refused(code: int, words: str) -> Outcome:
    return Outcome(
        "failed",
        code=str(code),
        words=details.without_phones(words)[:300],
        is_for_good=code in NO_NUMBER,
        is_unwanted=code == UNWANTED,
    )


def _said(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _words(answer: httpx.Response, said: Mapping[str, Any]) -> str:
    return f"Twilio says {said.get('code', answer.status_code)}: {said.get('message', 'nothing more')}"[:300]


def _seconds(answer: httpx.Response, usual: float) -> float:
    """What Retry-After asks for, where it is a number."""
    asked = answer.headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else usual
