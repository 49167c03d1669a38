"""Making a webhook, and giving it a new secret."""

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from interlock.kernel.command import Command, Decision, Event, Reply, refuse
from interlock.kernel.limits import Name, Note, Position
from interlock.kernel.selection import Selection, unknown_types
from interlock.kernel.webhook.model import (
    GRACE_S_MAX,
    POSTS_MAX,
    WEBHOOKS_MAX,
    Sealed,
    Url,
    Webhook,
    fault_of_url,
    webhook_id,
)
from interlock.kernel.webhook.steer import unknown_webhook

if TYPE_CHECKING:
    from interlock.kernel.state import State

GraceSeconds = Annotated[float, Meta(ge=0, le=GRACE_S_MAX)]


class CreateWebhook(Command, frozen=True, kw_only=True):
    """Makes a webhook: the events that `selection` takes are posted to `url` by the server, in order, each at
    least once, signed by the rules of Standard Webhooks.

    It begins behind `from_position`: `now`, `start`, or the position of an event. An event that was posted
    `posts_max` times in vain, over hours, becomes a dead letter. The answer carries the signing secret, this one
    time. Refusals: invalid (a URL or a type that cannot be, a position that does not exist yet, no server),
    forbidden (a target that the server does not allow), limit, disk_full.
    """

    verb = "create_webhook"
    reply = "WebhookMade"
    grows = True
    sealed = ("secret_sealed",)

    url: Url
    selection: Selection = Selection()
    description: Note = ""
    from_position: Position | Literal["now", "start"] = "now"
    posts_max: Annotated[int, Meta(ge=1, le=POSTS_MAX)] = 15
    secret_sealed: Sealed = ""


class RotateWebhookSecret(Command, frozen=True, kw_only=True):
    """Gives a webhook a new signing secret. For `grace_s` the old one signs beside it, so that its receiver can
    change over.

    The answer carries the new secret, this one time. Refusals: not_found, invalid (no server).
    """

    verb = "rotate_webhook_secret"
    reply = "WebhookMade"
    sealed = ("secret_sealed",)

    webhook_id: Name
    grace_s: GraceSeconds = 86_400.0
    secret_sealed: Sealed = ""


class WebhookCreated(Event, frozen=True, kw_only=True):
    """A webhook follows the log from here on. `webhook` is its state at birth."""

    webhook: Webhook


class WebhookSecretRotated(Event, frozen=True, kw_only=True):
    """A webhook signs with a new secret, and until `grace_until_us` with the old one, too."""

    webhook_id: str
    secret_sealed: str
    grace_until_us: int
    agent: str = ""


class WebhookMade(Reply, frozen=True, kw_only=True):
    """A webhook's id, and once its secret. `secret` is empty where no server filled it in, and for a request that
    came before."""

    webhook_id: str
    secret: str = ""
    grace_until_us: int = 0
    secret_sealed: str = ""


def decide_create_webhook(state: "State", command: CreateWebhook, now_us: int) -> Decision:
    """Each gets an id of its own: two may have one URL."""
    fault = fault_of_url(command.url)
    if fault:
        return refuse("invalid", f"create_webhook: {command.url} cannot be a target: {fault}")
    unknown = unknown_types(command.selection.types)
    if unknown:
        return refuse("invalid", f"create_webhook: no event has the type {unknown[0]!r}")
    refusal = _refuse_unsealed(command.verb, command.secret_sealed)
    if refusal is not None:
        return refusal
    if len(state.webhooks) >= WEBHOOKS_MAX:
        message = f"there are {WEBHOOKS_MAX} webhooks: delete those that nobody uses"
        return refuse("limit", message)
    pos = state.head + 1
    named = {"now": pos, "start": 0}
    start = command.from_position
    position = named[start] if isinstance(start, str) else start
    if position > pos:
        message = f"create_webhook: the log ends at {state.head}, and {position} is beyond it"
        return refuse("invalid", message)
    webhook = Webhook(
        id=webhook_id(state.shard, pos),
        url=command.url,
        secret_sealed=command.secret_sealed,
        position=position,
        posts_max=command.posts_max,
        created_us=now_us,
        created_pos=pos,
        selection=command.selection,
        description=command.description,
        created_by=command.agent,
        pos=pos,
    )
    made = WebhookMade(webhook_id=webhook.id, secret_sealed=command.secret_sealed)
    return [WebhookCreated(at_us=now_us, webhook=webhook)], made


def decide_rotate_webhook_secret(
    state: "State", command: RotateWebhookSecret, now_us: int
) -> Decision:
    """The secret before the old one signs no more."""
    if command.webhook_id not in state.webhooks:
        return unknown_webhook(command.webhook_id)
    refusal = _refuse_unsealed(command.verb, command.secret_sealed)
    if refusal is not None:
        return refusal
    until_us = now_us + int(command.grace_s * 1_000_000)
    event = WebhookSecretRotated(
        at_us=now_us,
        webhook_id=command.webhook_id,
        secret_sealed=command.secret_sealed,
        grace_until_us=until_us,
        agent=command.agent,
    )
    made = WebhookMade(
        webhook_id=command.webhook_id,
        grace_until_us=until_us,
        secret_sealed=command.secret_sealed,
    )
    return [event], made


def apply_webhook_created(state: "State", event: WebhookCreated, pos: int) -> None:
    """Applies: it follows the log."""
    del pos
    state.webhooks[event.webhook.id] = event.webhook
    state.touch("webhook", event.webhook.id, event.webhook)


def apply_webhook_secret_rotated(state: "State", event: WebhookSecretRotated, pos: int) -> None:
    """Applies: the secrets change places."""
    webhook = state.webhooks[event.webhook_id]
    webhook.secret_before_sealed = webhook.secret_sealed
    webhook.secret_sealed = event.secret_sealed
    webhook.grace_until_us = event.grace_until_us
    webhook.pos = pos
    state.touch("webhook", webhook.id, webhook)


def _refuse_unsealed(verb: str, secret_sealed: str) -> Decision | None:
    """Without a server there is nobody who could sign."""
    if secret_sealed:
        return None
    message = f"{verb}: the secret is made by a server: call it there, see `interlock up`"
    return refuse("invalid", message)
