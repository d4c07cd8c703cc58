"""Who we are to push services: a key pair, and tokens signed with it (RFC 8292)."""

import json
import threading
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from flask import current_app
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.db import db
from app.engine.push.encryption import decode, encode, point_of
from app.engine.push.models import PushKey

LIVES = timedelta(hours=12)
KEPT_FOR = timedelta(hours=11)
NUMBER_BYTES = 32


def get_key() -> PushKey:
    """The installation's key, made by whoever asks first."""
    key = _find()
    if key is None:
        private = ec.generate_private_key(ec.SECP256R1())
        number = private.private_numbers().private_value.to_bytes(NUMBER_BYTES)
        made = PushKey(public=encode(point_of(private.public_key())))
        made.private = encode(number)
        columns = ("key_id", "public", "private_enc")
        values = {"is_only": True, "created_at": now(), **{name: getattr(made, name) for name in columns}}
        db.session.execute(insert(PushKey).values(values).on_conflict_do_nothing(index_elements=["is_only"]))
        key = _find()
        assert key is not None  # ours, or that of whoever was quicker
    return key


def _find() -> PushKey | None:
    return db.session.scalar(select(PushKey))


def contact() -> str:
    """Whom a push service may write to when our messages give it trouble."""
    return f"mailto:{parseaddr(current_app.extensions['rapport'].mail_from)[1]}"


def signer() -> "Signer":
    """Who signs for this installation, the same in a process for as long as the key is."""
    key = get_key()
    return _signer(key.public, key.private, contact())


@lru_cache(maxsize=4)
def _signer(public: str, private: str, subject: str) -> "Signer":
    return Signer(public, private, subject)


class Signer:
    """Signs with a key; a token is used for every message to the same push service until it is old."""

    def __init__(self, public: str, private: str, subject: str) -> None:
        self._private = ec.derive_private_key(int.from_bytes(decode(private)), ec.SECP256R1())
        self._public, self._subject = public, subject
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._lock = threading.Lock()

    def authorization(self, endpoint: str) -> str:
        """What a request to an endpoint says of us."""
        parts = urlsplit(endpoint)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            token, made_at = self._tokens.get(origin, ("", None))
            if made_at is None or now() - made_at > KEPT_FOR:
                token, made_at = self._sign(origin), now()
                self._tokens[origin] = token, made_at
        return f"vapid t={token}, k={self._public}"

    def _sign(self, origin: str) -> str:
        claims = {"aud": origin, "exp": int((now() + LIVES).timestamp()), "sub": self._subject}
        signed = ".".join(encode(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
        r, s = decode_dss_signature(self._private.sign(signed.encode(), ec.ECDSA(SHA256())))
        return f"{signed}.{encode(r.to_bytes(NUMBER_BYTES) + s.to_bytes(NUMBER_BYTES))}"
