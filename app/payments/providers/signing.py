"""RSA signatures with SHA-256, as Alipay (RSA2) and WeChat Pay use them."""

import base64
import binascii
import textwrap
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509 import load_pem_x509_certificate

SMALLEST_BITS = 2048
KEYS = 16


@lru_cache(KEYS)
def private_key(text: str) -> RSAPrivateKey:
    """The key of a PEM, or of the bare base64 that vendors' tools give. Raises: ValueError.

    Remembered, since to prove that it is one takes longer than a signature: 30 ms.
    """
    for head in ("PRIVATE KEY", "RSA PRIVATE KEY"):
        try:
            key = serialization.load_pem_private_key(_pem(text, head), password=None)
        except (ValueError, TypeError):
            continue
        if isinstance(key, RSAPrivateKey) and key.key_size >= SMALLEST_BITS:
            return key
    raise ValueError("This is not an RSA private key of at least 2048 bits.")


def public_key(text: str) -> RSAPublicKey:
    """The key of a PEM, of a certificate, or of bare base64. Raises: ValueError."""
    try:
        if "BEGIN CERTIFICATE" in text:
            key = load_pem_x509_certificate(text.strip().encode()).public_key()
        else:
            key = serialization.load_pem_public_key(_pem(text, "PUBLIC KEY"))  # type: ignore[assignment]
    except ValueError:
        key = None  # type: ignore[assignment]
    if isinstance(key, RSAPublicKey) and key.key_size >= SMALLEST_BITS:
        return key
    raise ValueError("This is not an RSA public key or certificate of at least 2048 bits.")


def sign(key_text: str, message: bytes) -> str:
    """The signature in base64."""
    signature = private_key(key_text).sign(message, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def is_signed(key_text: str, message: bytes, signature: str) -> bool:
    """Whether the holder of the key signed exactly these bytes."""
    try:
        raw = base64.b64decode(signature, validate=True)
        public_key(key_text).verify(raw, message, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _pem(text: str, head: str) -> bytes:
    text = text.strip()
    if "-----BEGIN" in text:
        return text.encode()
    body = "\n".join(textwrap.wrap("".join(text.split()), 64))
    return f"-----BEGIN {head}-----\n{body}\n-----END {head}-----\n".encode()
