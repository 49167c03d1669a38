"""Signing secrets, sealed: the ledger keeps them so that only a server with its own secret can open them."""

import base64
import hmac
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace

from interlock.hub.batch import settled
from interlock.hub.hub import Hub
from interlock.kernel.command import Refusal, Reply
from interlock.kernel.webhook.create import CreateWebhook, RotateWebhookSecret, WebhookMade
from interlock.server.webhooks.signature import new_secret
from interlock.server.webhooks.target import TargetPolicy, TargetRefused

NONCE_BYTES: Final = 12
"""What AES-GCM takes. Drawn anew for each of a few thousand secrets, it never repeats."""

WebhookCommand = CreateWebhook | RotateWebhookSecret


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


def purpose_of(hub: Hub) -> str:
    """What the secrets of a namespace's webhooks are bound to."""
    return f"webhooks of {hub.grant.shard}"


async def submit_webhook(
    hub: Hub, command: WebhookCommand, *, sealing: Sealing, policy: TargetPolicy
) -> Reply:
    """Makes the secret, has the command decided, and shows the secret if it is this one that was kept."""
    if isinstance(command, CreateWebhook):
        try:
            policy.check_url(command.url)
        except TargetRefused as error:
            return Refusal(code="forbidden", message=f"{command.verb}: {error}")
        except ValueError as error:
            return Refusal(code="invalid", message=f"{command.verb}: {error}")
    secret = new_secret()
    sealed = sealing.seal(secret, purpose=purpose_of(hub))
    reply = await settled(hub.submit(replace(command, secret_sealed=sealed)))
    if not isinstance(reply, WebhookMade):
        return reply
    is_kept = hmac.compare_digest(reply.secret_sealed, sealed)
    return replace(reply, secret_sealed="", secret=secret if is_kept else "")
