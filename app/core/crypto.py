"""Field encryption: AES-256-GCM values tied to their row, and blind indexes to find them by."""

import hashlib
import hmac
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core.db import new_id

NONCE_BYTES = 12
KEY_ID_BYTES = 4
ENDING_LENGTHS = range(4, 10)
ENDING_BYTES = 8


class CannotDecrypt(Exception):
    """The key is missing or wrong, or the value was moved from its row or column."""


class Keyring:
    """The data keys of this installation: one to encrypt with, older ones to still read."""

    def __init__(self) -> None:
        self._ciphers: dict[bytes, AESGCM] = {}
        self._current = b""
        self._index_key = b""

    def load(self, current: bytes, old: tuple[bytes, ...], index_key: bytes) -> None:
        """Take the keys from configuration; a key's id is the start of its SHA-256."""
        self._ciphers = {self._id(key): AESGCM(key) for key in (current, *old)}
        self._current = self._id(current)
        self._index_key = index_key

    @staticmethod
    def _id(key: bytes) -> bytes:
        return hashlib.sha256(key).digest()[:KEY_ID_BYTES]

    def encrypt(self, text: str, context: str) -> bytes:
        """Shape: key id (4 bytes), nonce (12 bytes), ciphertext with tag. `context` is bound, not stored."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, text.encode(), context.encode())
        return self._current + nonce + sealed

    def decrypt(self, value: bytes, context: str) -> str:
        """Raises: CannotDecrypt when the key is not here or the value belongs to another context."""
        key_id, nonce = value[:KEY_ID_BYTES], value[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES]
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise CannotDecrypt(f"no data key with id {key_id.hex()}")
        try:
            return cipher.decrypt(nonce, value[KEY_ID_BYTES + NONCE_BYTES :], context.encode()).decode()
        except InvalidTag:
            raise CannotDecrypt(f"value does not belong to {context}") from None

    def reseal(self, value: bytes, context: str) -> bytes:
        """A value with the present key. The same value becomes the same one wherever a copy of it is kept.

        So its nonce is made of the old ciphertext, which no other text shares. Raises: CannotDecrypt.
        """
        plain = self.decrypt(value, context)
        if self.is_current(value):
            return value
        nonce = hmac.new(self._index_key, b"reseal|" + value, hashlib.sha256).digest()[:NONCE_BYTES]
        return self._current + nonce + self._ciphers[self._current].encrypt(nonce, plain.encode(), context.encode())

    @property
    def current_id(self) -> bytes:
        """The id of the key that new values are sealed with, which each begins with."""
        return self._current

    def is_current(self, value: bytes) -> bool:
        """False when the value waits for re-encryption after a key change."""
        return value[:KEY_ID_BYTES] == self._current

    def blind_index(self, text: str, label: str) -> bytes:
        """A keyed hash that finds equal values without revealing them. Shape: 32 bytes."""
        return hmac.new(self._index_key, f"{label}|{text}".encode(), hashlib.sha256).digest()

    def ending_indexes(self, text: str, label: str) -> list[bytes]:
        """Keyed hashes that find a number by its last four to nine digits. Shape: 8 bytes each."""
        digits = "".join(character for character in text if character.isdigit())
        lengths = [length for length in ENDING_LENGTHS if length <= len(digits)]
        return [self.ending_index(digits[-length:], label) for length in lengths]

    def ending_index(self, digits: str, label: str) -> bytes:
        """The keyed hash of some last digits."""
        return self.blind_index(digits, f"{label}.ending")[:ENDING_BYTES]


keyring = Keyring()


class Encrypted:
    """A model attribute of plain text kept as ciphertext in a `bytea` column.

    The row's id and the label go into the seal, so a ciphertext copied to another
    row or column does not open. With `index`, a blind index is kept beside it; with `endings`,
    those of a number's last digits.
    """

    def __init__(self, column: str, *, label: str, row_id: str, index: str | None = None, endings: str | None = None):
        self.column, self.label, self.row_id, self.index, self.endings = column, label, row_id, index, endings

    def _context(self, row: Any) -> str:
        if getattr(row, self.row_id) is None:
            setattr(row, self.row_id, new_id())
        return f"{self.label}|{getattr(row, self.row_id)}"

    def __get__(self, row: Any, owner: type) -> Any:
        if row is None:
            return self
        value = getattr(row, self.column)
        return None if value is None else keyring.decrypt(value, self._context(row))

    def __set__(self, row: Any, text: str | None) -> None:
        if text == self.__get__(row, type(row)):
            return
        self._seal(row, text)

    def reseal(self, row: Any) -> None:
        """Write the value again with the present keys. Raises: CannotDecrypt."""
        value = getattr(row, self.column)
        if value is not None:
            setattr(row, self.column, keyring.reseal(value, self._context(row)))
            self._index(row, self.__get__(row, type(row)))

    def _seal(self, row: Any, text: str | None) -> None:
        setattr(row, self.column, keyring.encrypt(text, self._context(row)) if text else None)
        self._index(row, text)

    def _index(self, row: Any, text: str | None) -> None:
        if self.index:
            setattr(row, self.index, keyring.blind_index(text, self.label) if text else None)
        if self.endings:
            setattr(row, self.endings, keyring.ending_indexes(text, self.label) if text else None)
