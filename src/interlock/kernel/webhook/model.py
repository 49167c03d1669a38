"""The webhook, the posts that it gave up, and the states that it can be in."""

import re
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from interlock.kernel.selection import Selection

ACTIVE: Final = "active"
PAUSED: Final = "paused"

WEBHOOK_STATUSES: Final[dict[str, str]] = {
    ACTIVE: "events are posted to it",
    PAUSED: "nothing is posted to it, and nothing is lost: it goes on where it stopped",
}

WEBHOOK_MOVES: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("", "WebhookCreated"): frozenset({ACTIVE}),
    (ACTIVE, "WebhookPaused"): frozenset({PAUSED}),
    (PAUSED, "WebhookResumed"): frozenset({ACTIVE}),
}
"""The state machine of a webhook, in the form of `task.model.MOVES`; deleting ends it in any state."""

WEBHOOKS_MAX: Final = 500
"""Webhooks of one ledger: each has a follower of its own."""

URL_CHARS_MAX: Final = 2_000
SEALED_CHARS_MAX: Final = 400
POSTS_MAX: Final = 100
"""Attempts to post one event."""

REDRIVEN_MAX: Final = 100
"""Dead posts of one webhook that may wait to be posted again: its row holds each of them."""

GRACE_S_MAX: Final = 7 * 86_400.0
"""How long the secret before a rotation may sign beside the new one."""

OWN_EVENTS: Final = frozenset(
    {
        "WebhookAdvanced",
        "WebhookPostFailed",
        "WebhookPostDied",
        "WebhookPostRedriven",
        "WebhookSecretRotated",
    }
)
"""What the progress of webhooks writes into the log."""

Url = Annotated[str, Meta(min_length=1, max_length=URL_CHARS_MAX)]

Sealed = Annotated[str, Meta(max_length=SEALED_CHARS_MAX)]


PORT_MAX: Final = 65_535

_HOST_AND_PORT: Final = re.compile(
    r"(?:\[[0-9a-f:.]+\]|[a-z0-9_-][a-z0-9._-]*)(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE
)

_WEB: Final = re.compile(r"https?://[!-~]+", re.IGNORECASE)


class Failing(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The event that could not be posted so far. `due_us` is when it is tried again."""

    position: int
    attempts: int
    due_us: int
    since_us: int
    error: str = ""
    status: int = 0


class Webhook(msgspec.Struct, kw_only=True, gc=False, omit_defaults=True):
    """A webhook; also the body of its state row. Only `apply` changes it.

    `failing_since_us` is when the first of a row of failures came, 0 after a success. `redriven` are dead posts
    that wait to be posted again, each with how often it came back; `dead` counts those that do not.
    """

    id: str
    url: str
    secret_sealed: str
    position: int
    posts_max: int
    created_us: int
    created_pos: int
    selection: Selection = Selection()
    description: str = ""
    created_by: str = ""
    pos: int = 0
    status: str = ACTIVE
    reason: str = ""
    secret_before_sealed: str = ""
    grace_until_us: int = 0
    delivered: int = 0
    delivered_us: int = 0
    dead: int = 0
    failing: Failing | None = None
    failing_since_us: int = 0
    redriven: dict[int, int] = {}

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        return "", self.status, self.pos, 1


class DeadPost(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """An event that a webhook's target did not take, as often as it was tried."""

    id: str
    webhook_id: str
    url: str
    position: int
    attempts: int
    died_us: int
    pos: int
    error: str = ""
    status: int = 0
    redriven: int = 0
    is_dead: bool = True

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        status, phase = ("dead", 2) if self.is_dead else ("redriven", 0)
        return self.webhook_id, status, self.pos, phase


class WebhookFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A webhook without anything of its secret. `position` is how far it has come in the log."""

    webhook_id: str
    url: str
    status: str
    position: int
    posts_max: int
    created_us: int
    selection: Selection
    description: str = ""
    created_by: str = ""
    reason: str = ""
    grace_until_us: int = 0
    delivered: int = 0
    delivered_us: int = 0
    dead: int = 0
    failing: Failing | None = None
    redriven: tuple[int, ...] = ()


def webhook_id(shard: str, pos: int) -> str:
    """The id of the webhook that was made at a position."""
    return f"webhook-{shard}-{pos}"


def dead_post_id(webhook: str, position: int) -> str:
    """The id of the dead letter that an event became for a webhook."""
    return f"post-{position}/{webhook}"


def facts_of(webhook: Webhook) -> WebhookFacts:
    """What callers may know of a webhook."""
    return WebhookFacts(
        webhook_id=webhook.id,
        url=webhook.url,
        status=webhook.status,
        position=webhook.position,
        posts_max=webhook.posts_max,
        created_us=webhook.created_us,
        selection=webhook.selection,
        description=webhook.description,
        created_by=webhook.created_by,
        reason=webhook.reason,
        grace_until_us=webhook.grace_until_us,
        delivered=webhook.delivered,
        delivered_us=webhook.delivered_us,
        dead=webhook.dead,
        failing=webhook.failing,
        redriven=tuple(webhook.redriven),
    )


def fault_of_url(url: str) -> str:
    """What is wrong with a URL as a target; nothing if it will do."""
    if not _WEB.fullmatch(url):
        return "it is no http or https URL in ASCII: names in other scripts are given in their encoded form"
    address, _, fragment = url.partition("#")
    authority = re.split("[/?]", address.partition("://")[2], maxsplit=1)[0]
    if "@" in authority:
        return "it holds a name or a password, which would stand in the log: take them out"
    found = _HOST_AND_PORT.fullmatch(authority)
    if found is None:
        return "it names no host and port that can be read"
    if found["port"] is not None and not 0 < int(found["port"]) <= PORT_MAX:
        return f"there is no port {found['port']}"
    return "it has a fragment, which is never sent" if fragment else ""
