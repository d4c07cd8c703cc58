"""Twilio's side, played from its documents: the Calls resource, and requests signed with the auth token.

It shares no code with the adapter.
"""

import base64
import hashlib
import hmac
import json
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


class FakeTwilio(Server):
    """The vendor. `calls` by sid; `errors` are answered instead: (HTTP status, Twilio's code, words)."""

    def __init__(self, sid: str = "AC0123", token: str = "secret token") -> None:
        self.sid, self.token = sid, token
        self.calls: dict[str, dict[str, list[str]]] = {}
        self.errors: list[tuple[int, int, str]] = []
        self._numbers = count(1)
        super().__init__()

    def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        wanted = "Basic " + base64.b64encode(f"{self.sid}:{self.token}".encode()).decode()
        if headers.get("Authorization") != wanted:
            return self._say(401, {"code": 20003, "message": "Authenticate", "status": 401})
        if (method, path) != ("POST", f"/2010-04-01/Accounts/{self.sid}/Calls.json"):
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

    @staticmethod
    def _say(status: int, said: dict[str, object]) -> tuple[int, dict[str, str], bytes]:
        return status, {"Content-Type": "application/json"}, json.dumps(said).encode()
