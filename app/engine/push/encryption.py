"""What only one browser can read: RFC 8291, in one record of RFC 8188."""

import base64
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_BYTES = 4096
SALT_BYTES, POINT_BYTES, AUTH_BYTES, TAG_BYTES = 16, 65, 16, 16
HEADER_BYTES = SALT_BYTES + 4 + 1 + POINT_BYTES
LARGEST = RECORD_BYTES - HEADER_BYTES - TAG_BYTES - 1
"""How many bytes a message may have: push services need not take more than 4,096 with all that is around it."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The keys of a browser, as its subscription has them: base64url."""

    p256dh: str
    auth: str

    @property
    def point(self) -> bytes:
        """Raises: ValueError for what is no uncompressed point."""
        point = decode(self.p256dh)
        if len(point) != POINT_BYTES:
            raise ValueError("no uncompressed point of P-256")
        return point

    @property
    def secret(self) -> bytes:
        """Raises: ValueError for what is no authentication secret."""
        secret = decode(self.auth)
        if len(secret) != AUTH_BYTES:
            raise ValueError("no secret of 16 bytes")
        return secret


def encrypt(
    plain: bytes, reader: Reader, *, salt: bytes | None = None, private: ec.EllipticCurvePrivateKey | None = None
) -> bytes:
    """The body of a push message. `salt` and `private` are new ones for every message, but for the standard's example.

    Shape: salt (16), record size (4), length of the key (1), our public point (65), the one record.
    Raises: ValueError for a text that is too long, or keys that are none.
    Source: RFC 8291 section 3.4, RFC 8188 section 2.
    """
    if len(plain) > LARGEST:
        raise ValueError(f"longer than {LARGEST} bytes")
    salt = salt or os.urandom(SALT_BYTES)
    private = private or ec.generate_private_key(ec.SECP256R1())
    ours = point_of(private.public_key())
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), reader.point)
    shared = private.exchange(ec.ECDH(), theirs)
    secret = _derive(shared, salt=reader.secret, info=b"WebPush: info\0" + reader.point + ours, length=32)
    key = _derive(secret, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
    nonce = _derive(secret, salt=salt, info=b"Content-Encoding: nonce\0", length=12)
    record = AESGCM(key).encrypt(nonce, plain + b"\x02", None)
    return salt + RECORD_BYTES.to_bytes(4) + bytes([POINT_BYTES]) + ours + record


def _derive(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def check(reader: Reader) -> None:
    """Raises: ValueError when nothing could be encrypted for these keys."""
    encrypt(b"", reader)


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """A public key as 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encode(value: bytes) -> str:
    """base64url, without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Raises: ValueError for what is not base64url."""
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
