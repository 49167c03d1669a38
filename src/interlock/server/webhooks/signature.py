"""Signatures by the rules of Standard Webhooks 1.0: HMAC-SHA256 over id, timestamp and body."""

import base64
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

SECRET_BYTES: Final = 32
"""The rules ask for 24 to 64."""

PREFIX: Final = "whsec_"


def new_secret() -> str:
    """A secret as its receiver gets it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(
    secrets: Sequence[str], *, message_id: str, timestamp_s: int, body: bytes
) -> dict[str, str]:
    """The headers of a post: one signature for each secret, so that a receiver may change over."""
    assert "." not in message_id, "a full stop parts what is signed"
    content = f"{message_id}.{timestamp_s}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(_signature(secret, content) for secret in secrets),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode()
