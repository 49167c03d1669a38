"""Looking at webhooks, pausing, resuming and deleting them."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from interlock.kernel.command import Command, Decision, Event, Reply, refuse
from interlock.kernel.limits import Count, Name, Note, OptionalName
from interlock.kernel.webhook.model import ACTIVE, PAUSED, Webhook, WebhookFacts, facts_of

if TYPE_CHECKING:
    from interlock.kernel.state import State


class GetWebhook(Command, frozen=True, kw_only=True):
    """Returns a webhook as it is now: how far it has come, and what went wrong last. Refusals: not_found."""

    verb = "get_webhook"
    reply = "WebhookState"
    repeatable = True

    webhook_id: Name


class GetWebhooks(Command, frozen=True, kw_only=True):
    """Lists up to `limit` webhooks, oldest first. `cursor` is that of the page before."""

    verb = "get_webhooks"
    reply = "Webhooks"
    repeatable = True

    limit: Count = 100
    cursor: OptionalName = ""


class PauseWebhook(Command, frozen=True, kw_only=True):
    """Posts nothing to a webhook until it is resumed. Refusals: not_found."""

    verb = "pause_webhook"
    reply = "WebhookState"
    repeatable = True

    webhook_id: Name
    reason: Note = ""


class ResumeWebhook(Command, frozen=True, kw_only=True):
    """Goes on where the webhook stopped, at once and with all attempts for the event that failed.

    Refusals: not_found.
    """

    verb = "resume_webhook"
    reply = "WebhookState"
    repeatable = True

    webhook_id: Name


class DeleteWebhook(Command, frozen=True, kw_only=True):
    """Forgets a webhook. Refusals: not_found."""

    verb = "delete_webhook"
    reply = "WebhookState"

    webhook_id: Name


class WebhookPaused(Event, frozen=True, kw_only=True):
    """Nothing is posted to a webhook. `agent` is empty where it failed for too long."""

    webhook_id: str
    agent: str = ""
    reason: str = ""


class WebhookResumed(Event, frozen=True, kw_only=True):
    """Events are posted to a webhook again."""

    webhook_id: str
    agent: str = ""


class WebhookDeleted(Event, frozen=True, kw_only=True):
    """A webhook is forgotten."""

    webhook_id: str
    agent: str = ""


class WebhookState(Reply, frozen=True, kw_only=True):
    """A webhook at one moment."""

    webhook: WebhookFacts


class Webhooks(Reply, frozen=True, kw_only=True):
    """Some webhooks; `cursor` asks for the next ones and is empty on the last page. False when there are none."""

    items: tuple[WebhookFacts, ...] = ()
    cursor: str = ""

    def __bool__(self) -> bool:
        return bool(self.items)


def decide_get_webhook(state: "State", command: GetWebhook, now_us: int) -> Decision:
    """What is known of it, but for the secret."""
    del now_us
    webhook = state.webhooks.get(command.webhook_id)
    return unknown_webhook(command.webhook_id) if webhook is None else ([], _state_of(webhook))


def decide_get_webhooks(state: "State", command: GetWebhooks, now_us: int) -> Decision:
    """In the order in which they were made."""
    del now_us
    after = command.cursor.rpartition("-")[2]
    behind = int(after) if after.isascii() and after.isdecimal() and len(after) < 20 else 0
    found = [each for each in state.webhooks.values() if each.created_pos > behind]
    found.sort(key=lambda each: each.created_pos)
    page = found[: command.limit]
    cursor = page[-1].id if len(found) > len(page) else ""
    return [], Webhooks(items=tuple(facts_of(each) for each in page), cursor=cursor)


def decide_pause_webhook(state: "State", command: PauseWebhook, now_us: int) -> Decision:
    """Paused twice is paused."""
    webhook = state.webhooks.get(command.webhook_id)
    if webhook is None:
        return unknown_webhook(command.webhook_id)
    if webhook.status == PAUSED:
        return [], _state_of(webhook)
    event = WebhookPaused(
        at_us=now_us, webhook_id=webhook.id, agent=command.agent, reason=command.reason
    )
    return [event], _state_of(replace(webhook, status=PAUSED, reason=command.reason))


def decide_resume_webhook(state: "State", command: ResumeWebhook, now_us: int) -> Decision:
    """An active one stays as it is."""
    webhook = state.webhooks.get(command.webhook_id)
    if webhook is None:
        return unknown_webhook(command.webhook_id)
    if webhook.status == ACTIVE:
        return [], _state_of(webhook)
    event = WebhookResumed(at_us=now_us, webhook_id=webhook.id, agent=command.agent)
    resumed = replace(webhook, status=ACTIVE, reason="", failing=None, failing_since_us=0)
    return [event], _state_of(resumed)


def decide_delete_webhook(state: "State", command: DeleteWebhook, now_us: int) -> Decision:
    """In any status."""
    webhook = state.webhooks.get(command.webhook_id)
    if webhook is None:
        return unknown_webhook(command.webhook_id)
    event = WebhookDeleted(at_us=now_us, webhook_id=webhook.id, agent=command.agent)
    return [event], _state_of(webhook)


def apply_webhook_paused(state: "State", event: WebhookPaused, pos: int) -> None:
    """Applies: nothing is posted to it."""
    webhook = state.webhooks[event.webhook_id]
    webhook.status = PAUSED
    webhook.reason = event.reason
    webhook.pos = pos
    state.touch("webhook", webhook.id, webhook)


def apply_webhook_resumed(state: "State", event: WebhookResumed, pos: int) -> None:
    """Applies: it starts afresh at its place."""
    webhook = state.webhooks[event.webhook_id]
    webhook.status = ACTIVE
    webhook.reason = ""
    webhook.failing = None
    webhook.failing_since_us = 0
    webhook.pos = pos
    state.touch("webhook", webhook.id, webhook)


def apply_webhook_deleted(state: "State", event: WebhookDeleted, pos: int) -> None:
    """Applies: it is forgotten."""
    del pos
    del state.webhooks[event.webhook_id]
    state.touch("webhook", event.webhook_id, None)


def unknown_webhook(id: str) -> Decision:
    """The refusal of an id that no webhook has."""
    return refuse("not_found", f"there is no webhook {id}", webhook_id=id)


def _state_of(webhook: Webhook) -> WebhookState:
    return WebhookState(webhook=facts_of(webhook))
