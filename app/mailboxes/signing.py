"""Signatures of mail that is handed over by a request."""

import hashlib
import hmac
import time

LONGEST_DELAY_SECONDS = 300


def sign(secret: str, timestamp: str, address: str, body: bytes) -> str:
    """The signature of a mail for a mailbox at a moment. Shape: v1= and 64 hexadecimal digits."""
    said = f"{timestamp}.{address.lower()}.".encode() + body
    return "v1=" + hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()


def is_signed(secret: str, timestamp: str, address: str, body: bytes, signature: str) -> bool:
    """Whoever holds the secret signed exactly this, a moment ago."""
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp[:12])) > LONGEST_DELAY_SECONDS:
        return False
    wanted = sign(secret, timestamp, address, body)
    return hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "replace"))
