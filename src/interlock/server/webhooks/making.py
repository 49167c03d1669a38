"""Making a webhook's signing secret: it is shown once, and the ledger keeps it sealed."""

import hmac

from msgspec.structs import replace

from interlock.hub.batch import settled
from interlock.hub.hub import Hub
from interlock.kernel.command import Refusal, Reply
from interlock.kernel.webhook.create import CreateWebhook, RotateWebhookSecret, WebhookMade
from interlock.server.sealing import Sealing
from interlock.server.webhooks.signature import new_secret
from interlock.server.webhooks.target import TargetPolicy, TargetRefused


def purpose_of(hub: Hub) -> str:
    """What the secrets of a namespace's webhooks are bound to."""
    return f"webhooks of {hub.grant.shard}"


async def submit_webhook(
    hub: Hub,
    command: CreateWebhook | RotateWebhookSecret,
    *,
    sealing: Sealing,
    policy: TargetPolicy,
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
