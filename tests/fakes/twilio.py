"""Twilio's side, played from its documents: Calls and Messages, and requests signed with the auth token.

It shares no code with the adapter.
"""

import base64
import hashlib
import hmac
import json
import threading
import urllib.parse
from itertools import count

from tests.fakes.web import Server


def signature(token: str, url: str, fields: dict[str, str]) -> str:
    """X-Twilio-Signature: the full address, then each field's name and value, in the order of their names."""
    joined = url
    for name in sorted(fields.keys()):
        joined += name
        joined += fields[name]
    return base64.b64encode(hmac.HMAC(token.encode("utf-8"), joined.encode("utf-8"), hashlib.sha1).digest()).decode()


# Numbers that Twilio's own test credentials answer with these errors.
MAGIC = {
    "+15005550001": (400, 21211, "Invalid 'To' Phone Number: +1500555XXXX"),
    "+15005550009": (400, 21614, "'To' number is not a valid mobile number"),
    "+15005550004": (400, 21610, "Attempt to send to unsubscribed recipient"),
}
NOT_REACHABLE = (400, 21612, "The 'To' phone number is not currently reachable")


class FakeTwilio(Server):
    """The vendor. `calls`, `messages` by sid; `errors` are answered instead: (HTTP status, Twilio's code, words).

    Numbers in `unreachable` get no message.
    """

    def __init__(self, sid: str = "AC0123", token: str = "secret token") -> None:
        self.sid, self.token = sid, token
        self.calls: dict[str, dict[str, list[str]]] = {}
        self.messages: dict[str, dict[str, str]] = {}
        self.states: dict[str, str] = {}
        self.errors: list[tuple[int, int, str]] = []
        self.unreachable: set[str] = set()
        self._numbers = count(1)
        self.lock = threading.Lock()
        super().__init__()

    def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        wanted = "Basic " + base64.b64encode(f"{self.sid}:{self.token}".encode()).decode()
        if headers.get("Authorization") != wanted:
            return self._say(401, {"code": 20003, "message": "Authenticate", "status": 401})
        here = f"/2010-04-01/Accounts/{self.sid}"
        if (method, path) == ("GET", f"{here}.json"):
            return self._say(200, {"sid": self.sid, "friendly_name": "Lotus", "status": "active"})
        if path.startswith(f"{here}/Messages"):
            return self._messages(method, path.removeprefix(f"{here}/Messages"), body)
        if (method, path) != ("POST", f"{here}/Calls.json"):
            return self._say(404, {"code": 20404, "message": "Not found", "status": 404})
        if self.errors:
            status, code, words = self.errors.pop(0)
            return self._say(status, {"code": code, "message": words, "status": status})
        fields = urllib.parse.parse_qs(body.decode())
        if missing := {"To", "From", "Url"} - fields.keys():
            return self._say(400, {"code": 21201, "message": f"No {missing.pop()} specified", "status": 400})
        sid = f"CA{next(self._numbers):032}"
        self.calls[sid] = fields
        return self._say(201, {"sid": sid, "status": "queued", "to": fields["To"][0], "from": fields["From"][0]})

    def _messages(self, method: str, rest: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if method == "GET":
            sid = rest.strip("/").removesuffix(".json")
            if sid not in self.messages:
                return self._say(404, {"code": 20404, "message": "Not found", "status": 404})
            return self._say(200, {"sid": sid, "status": self.states[sid], "error_code": None, "error_message": None})
        if self.errors:
            status, code, words = self.errors.pop(0)
            return self._say(status, {"code": code, "message": words, "status": status})
        fields = dict(urllib.parse.parse_qsl(body.decode("utf-8"), keep_blank_values=True))
        if not fields.get("To"):
            return self._say(400, {"code": 21604, "message": "A 'To' phone number is required.", "status": 400})
        if not fields.get("From") and not fields.get("MessagingServiceSid"):
            return self._say(400, {"code": 21603, "message": "A 'From' phone number is required.", "status": 400})
        if not fields.get("Body"):
            return self._say(400, {"code": 21602, "message": "Message body is required.", "status": 400})
        if len(fields["Body"]) > 1600:
            return self._say(
                400, {"code": 21617, "message": "The concatenated message body is too long", "status": 400}
            )
        if fields["To"] in MAGIC or fields["To"] in self.unreachable:
            status, code, words = MAGIC.get(fields["To"], NOT_REACHABLE)
            return self._say(status, {"code": code, "message": words, "status": status})
        with self.lock:
            sid = f"SM{next(self._numbers):032}"
            self.messages[sid], self.states[sid] = fields, "queued"
        return self._say(201, {"sid": sid, "status": "queued", "error_code": None, "error_message": None})

    def report(self, sid: str, status: str, error: str = "") -> tuple[str, dict[str, str], dict[str, str]]:
        """What it posts to the address that a message named: (address, fields, headers)."""
        self.states[sid] = status
        message = self.messages[sid]
        fields = {
            "AccountSid": self.sid,
            "ApiVersion": "2010-04-01",
            "From": message.get("From", ""),
            "MessageSid": sid,
            "MessageStatus": status,
            "SmsSid": sid,
            "SmsStatus": status,
            "To": message["To"],
        }
        if error:
            fields["ErrorCode"] = error
        return self.signed(message["StatusCallback"], fields)

    def answer(self, url: str, sender: str, body: str) -> tuple[str, dict[str, str], dict[str, str]]:
        """What it posts when somebody answers."""
        sid = f"SM{next(self._numbers):032}"
        fields = {"AccountSid": self.sid, "From": sender, "To": "+442079460000", "Body": body, "MessageSid": sid}
        return self.signed(url, {**fields, "NumMedia": "0", "ApiVersion": "2010-04-01"})

    def signed(self, url: str, fields: dict[str, str]) -> tuple[str, dict[str, str], dict[str, str]]:
        """The same with its signature."""
        return url, fields, {"X-Twilio-Signature": signature(self.token, url, fields)}

    @staticmethod
    def _say(status: int, said: dict[str, object]) -> tuple[int, dict[str, str], bytes]:
        return status, {"Content-Type": "application/json"}, json.dumps(said).encode()
