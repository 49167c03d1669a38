"""The text of a key, `il_<namespace>_<number>_<secret>`: it says where it belongs, so that it is found without a
search, and looks like nothing else, so that scanners for leaked secrets find it."""

import re
import secrets
from typing import Final

import msgspec

from interlock.kernel.access.model import HOME_NAMESPACE, HOME_SHARD, access_key_id

SECRET_BYTES: Final = 32
"""256 bits: nobody guesses it, so that a plain digest is enough to keep."""

PATTERN: Final = re.compile(r"il_([a-z][a-z0-9-]{0,39})_([0-9]{1,19})_([0-9a-f]{64})", re.ASCII)


class Credential(msgspec.Struct, frozen=True):
    """A key as its bearer shows it."""

    namespace: str
    key_id: str
    secret: str


def new_secret() -> str:
    """The secret part of a new key."""
    return secrets.token_hex(SECRET_BYTES)


def read_credential(text: str) -> Credential | None:
    """The parts of a key; nothing if it is none."""
    found = PATTERN.fullmatch(text)
    if found is None:
        return None
    namespace, number, secret = found.groups()
    return Credential(namespace, access_key_id(shard_of(namespace), int(number)), secret)


def write_credential(*, namespace: str, key_id: str, secret: str) -> str:
    """A key as it is shown, once."""
    return f"il_{namespace}_{key_id.rpartition('-')[2]}_{secret}"


def shard_of(namespace: str) -> str:
    """The shard that holds a namespace."""
    return HOME_SHARD if namespace == HOME_NAMESPACE else namespace
