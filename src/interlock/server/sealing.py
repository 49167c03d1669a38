"""Texts sealed with a key of the server: the ledger keeps them, and only a server with the same secret opens them."""

import base64
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES: Final = 12
"""What AES-GCM takes. Drawn anew for each of a few thousand texts, it never repeats."""


class CannotOpen(Exception):
    """The sealed text was made by a server with another secret, or changed."""


class Sealing:
    """Seals texts with AES-GCM, bound to a purpose: a text of one namespace cannot be opened as that of another."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, text: str, *, purpose: str) -> str:
        """The text so that nobody else can read it."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), purpose.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, *, purpose: str) -> str:
        """The text again. Raises `CannotOpen`."""
        try:
            raw = base64.urlsafe_b64decode(sealed)
            text = self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode())
        except (ValueError, InvalidTag) as error:
            raise CannotOpen("the sealed secret belongs to a server with another secret") from error
        return text.decode()
