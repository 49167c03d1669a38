"""The server's secret: what turns the secrets of keys into digests, and signs session tokens.

It is kept beside the ledger and never in it, so that a stolen ledger opens nothing. Whoever moves a ledger moves the
secret with it, or makes new keys.
"""

import contextlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from interlock.plane import MEMORY
from interlock.server.sealing import Sealing
from interlock.store.contract import StoreError

VARIABLE: Final = "INTERLOCK_SECRET"
"""The environment variable that overrides the file."""

SECRET_BYTES: Final = 32
SECRET_CHARS_MIN: Final = 32
"""A secret from the environment has at least so many characters: a word could be guessed from a stolen ledger."""

SUFFIX: Final = ".secret"


class ServerSecret:
    """Derives what each use needs from one secret, so that none gives another away."""

    def __init__(self, secret: bytes) -> None:
        self._digest_key = _derive(secret, b"interlock access keys")
        self.signing_key = Ed25519PrivateKey.from_private_bytes(
            _derive(secret, b"interlock session tokens")
        )
        """Signs session tokens."""
        self.sealing = Sealing(_derive(secret, b"interlock sealed texts"))
        """Seals what the ledger keeps and only a server may read."""

    def digest_of(self, secret: str, *, namespace: str) -> str:
        """What the ledger keeps of a key's secret. It is bound to the namespace: in another ledger it opens
        nothing."""
        return hmac.digest(self._digest_key, f"{namespace}:{secret}".encode(), "sha256").hex()


def load_secret(store: str | os.PathLike[str]) -> ServerSecret:
    """The secret of the server of this ledger: from the environment, from the file beside the ledger, or made now.

    Raises `StoreError` when the file can be read by others, or cannot be used.
    """
    given = os.environ.get(VARIABLE, "")
    if given:
        if len(given) < SECRET_CHARS_MIN:
            message = f"{VARIABLE} has {len(given)} characters: give at least {SECRET_CHARS_MIN}"
            raise StoreError(message)
        return ServerSecret(given.encode())
    if os.fspath(store) == MEMORY:
        return ServerSecret(secrets.token_bytes(SECRET_BYTES))
    path = Path(os.fspath(store) + SUFFIX)
    try:
        return ServerSecret(_read(path) or _make(path))
    except OSError as error:
        raise StoreError(f"the server's secret {path} cannot be used: {error}") from error


def _read(path: Path) -> bytes:
    """What the file holds; nothing if there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return b""
    with open(descriptor, "rb") as file:
        if os.fstat(descriptor).st_mode & 0o077:
            raise StoreError(f"others can read {path}: run `chmod 600 {path}`, and rotate the keys")
        secret = file.read().strip()
    if len(secret) < SECRET_CHARS_MIN:
        raise StoreError(f"{path} holds no secret: bring the right file back, or remove it")
    return secret


def _make(path: Path) -> bytes:
    """A new secret, in a file that appears whole or not at all; of two makers one wins."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(secrets.token_hex(SECRET_BYTES).encode())
            file.flush()
            os.fsync(descriptor)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return _read(path)


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=SECRET_BYTES, salt=None, info=purpose).derive(secret)
