"""Twilio, and whoever speaks as it does."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

import httpx

from app.calls.models import ORDER
from app.calls.providers.base import Account, Ask, CannotCall, Heard, PhoneProvider
from app.core import outward

LIVE_URL = "https://api.twilio.com"
VERSION = "2010-04-01"
TIMEOUT = httpx.Timeout(10, connect=5)
EVENTS = ("initiated", "ringing", "answered", "completed")
LONGEST_SID = 64
AGAIN_FROM = 500
TOO_MANY = 429


class Twilio(PhoneProvider):
    """Its requests are forms, signed over the address and the sorted fields."""

    key = "twilio"
    label = "Twilio"

    def is_signed(self, account: Account, url: str, form: Mapping[str, str], signature: str) -> bool:
        """base64(HMAC-SHA1(token, address + each name and value, sorted by name)): of the address byte for byte."""
        said = url + "".join(name + form[name] for name in sorted(form))
        wanted = base64.b64encode(hmac.new(account.token.encode(), said.encode(), hashlib.sha1).digest())
        return bool(account.token) and hmac.compare_digest(wanted, signature.encode("utf-8", "replace"))

    def read(self, form: Mapping[str, str]) -> Heard | None:
        """CallSid, CallStatus, Direction, From, To and CallDuration."""
        sid, state = form.get("CallSid", ""), form.get("CallStatus", "")
        if not sid or len(sid) > LONGEST_SID or state not in ORDER:
            return None
        seconds = form.get("CallDuration", "")
        duration = min(int(seconds), 86_400) if seconds.isdecimal() else None
        is_incoming = form.get("Direction", "inbound") == "inbound"
        return Heard(sid, state, is_incoming, form.get("From", ""), form.get("To", ""), duration)

    def connect(self, number: str, caller_id: str, status_url: str) -> str:
        """TwiML."""
        if not number:
            return "<Response><Say>We cannot answer now. Please write to us.</Say><Hangup/></Response>"
        shown = f" callerId={quoteattr(caller_id)}" if caller_id else ""
        return f'<Response><Dial{shown} timeout="30"><Number>{escape(number)}</Number></Dial></Response>'

    def call(self, account: Account, ask: Ask) -> str:
        """POST /2010-04-01/Accounts/{sid}/Calls.json"""
        url = f"{account.base_url or LIVE_URL}/{VERSION}/Accounts/{account.account_sid}/Calls.json"
        fields = {
            "To": ask.to,
            "From": account.number,
            "Url": ask.answer_url,
            "StatusCallback": ask.status_url,
            "StatusCallbackEvent": list(EVENTS),
        }
        with httpx.Client(verify=outward.tls(), timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
            answer = client.post(url, data=fields, auth=(account.account_sid, account.token))
        if answer.status_code >= AGAIN_FROM or answer.status_code == TOO_MANY:
            raise httpx.HTTPStatusError("busy", request=answer.request, response=answer)
        said = answer.json() if answer.headers.get("content-type", "").startswith("application/json") else {}
        if answer.is_success and said.get("sid"):
            return str(said["sid"])
        raise CannotCall(f"{said.get('code', answer.status_code)} {said.get('message', '')}".strip()[:200])


TWILIO = Twilio()
PROVIDERS: dict[str, PhoneProvider] = {TWILIO.key: TWILIO}
