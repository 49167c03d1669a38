"""How far a webhook has come: what was delivered, what failed, and what was given up."""

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from interlock.kernel.backoff import draw
from interlock.kernel.command import Command, Decision, Event, refuse
from interlock.kernel.escalation import ESCALATION_TOPIC, EscalationRaised
from interlock.kernel.limits import BATCH_MAX, I64_MAX, Name, Note, Position
from interlock.kernel.webhook.model import (
    PAUSED,
    REDRIVEN_MAX,
    DeadPost,
    Failing,
    Webhook,
    dead_post_id,
    facts_of,
)
from interlock.kernel.webhook.steer import WebhookPaused, WebhookState, unknown_webhook

if TYPE_CHECKING:
    from interlock.kernel.state import State

BACKOFF_BASE_US: Final = 5 * 1_000_000
"""Before the second attempt; it doubles with each that follows."""

BACKOFF_CAP_US: Final = 6 * 3_600 * 1_000_000
"""The longest pause between two attempts. Fifteen attempts take nine to eighteen hours."""

FAILING_US_MAX: Final = 24 * 3_600 * 1_000_000
"""A target that took nothing for a day is left alone until a person looks after it."""

RETRY_AFTER_S_MAX: Final = 6 * 3_600.0
"""How long a target may ask to be left alone."""


class Failure(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """An attempt in vain. `status` is that of the response, 0 if there was none. `is_gone` says that the target
    wants no more; `retry_after_s` when it wants to be asked again."""

    position: Position
    error: Note
    status: Annotated[int, Meta(ge=0, le=999)] = 0
    is_gone: bool = False
    retry_after_s: Annotated[float, Meta(ge=0, le=RETRY_AFTER_S_MAX)] = 0.0


class AdvanceWebhook(Command, frozen=True, kw_only=True):
    """Notes what was posted to a webhook; sent by the server that posts.

    Everything up to `position` is settled: `delivered` events were taken, the others were not wanted. `redriven`
    are dead posts that were taken now. `failure` is an attempt in vain at the event that comes next.
    Refusals: not_found, invalid (a position beyond the log, a failure of an event that is not next).
    """

    verb = "advance_webhook"
    reply = "WebhookState"
    repeatable = True

    webhook_id: Name
    position: Position
    delivered: Annotated[int, Meta(ge=0, le=I64_MAX)] = 0
    redriven: Annotated[tuple[Position, ...], Meta(max_length=BATCH_MAX)] = ()
    failure: Failure | None = None


class WebhookAdvanced(Event, frozen=True, kw_only=True):
    """Everything up to `position` is settled for a webhook."""

    webhook_id: str
    position: int
    delivered: int = 0
    redriven: tuple[int, ...] = ()


class WebhookPostFailed(Event, frozen=True, kw_only=True):
    """An event could not be posted; it is tried again at `due_us`."""

    webhook_id: str
    position: int
    attempts: int
    due_us: int
    error: str = ""
    status: int = 0


class WebhookPostDied(Event, frozen=True, kw_only=True):
    """An event was posted in vain as often as it may be. It is a dead letter, and the webhook goes on behind it."""

    webhook_id: str
    position: int
    attempts: int
    error: str = ""
    status: int = 0


class WebhookPostRedriven(Event, frozen=True, kw_only=True):
    """A dead post waits to be posted again. `died_pos` is the event that gave it up."""

    dead_post: str
    died_pos: int
    agent: str = ""


def decide_advance_webhook(state: "State", command: AdvanceWebhook, now_us: int) -> Decision:
    """Progress, then the failure, if there is one; what was said before changes nothing."""
    webhook = state.webhooks.get(command.webhook_id)
    if webhook is None:
        return unknown_webhook(command.webhook_id)
    if command.position > state.head:
        message = f"advance_webhook: the log ends at {state.head}, before {command.position}"
        return refuse("invalid", message)
    settled = max(webhook.position, command.position)
    back = tuple(pos for pos in dict.fromkeys(command.redriven) if pos in webhook.redriven)
    events: list[Event] = []
    if settled > webhook.position or back:
        events.append(
            WebhookAdvanced(
                at_us=now_us,
                webhook_id=webhook.id,
                position=settled,
                delivered=command.delivered,
                redriven=back,
            )
        )
    failure = command.failure
    if failure is not None:
        is_next = failure.position > settled and failure.position <= state.head
        if not is_next and failure.position not in webhook.redriven.keys() - set(back):
            message = f"advance_webhook: {failure.position} is not what comes next"
            return refuse("invalid", message)
        events += _failed(webhook, failure, now_us=now_us, pos=state.head + len(events) + 1)
    return events, WebhookState(webhook=facts_of(replace(webhook, position=settled)))


def apply_webhook_advanced(state: "State", event: WebhookAdvanced, pos: int) -> None:
    """Applies: its place moves on, and it fails no more."""
    webhook = state.webhooks[event.webhook_id]
    webhook.position = event.position
    webhook.redriven = {at: n for at, n in webhook.redriven.items() if at not in event.redriven}
    if event.delivered or event.redriven:
        webhook.delivered += event.delivered + len(event.redriven)
        webhook.delivered_us = event.at_us
        webhook.failing = None
        webhook.failing_since_us = 0
    webhook.pos = pos
    state.touch("webhook", webhook.id, webhook)


def apply_webhook_post_failed(state: "State", event: WebhookPostFailed, pos: int) -> None:
    """Applies: it is tried again when it is due."""
    webhook = state.webhooks[event.webhook_id]
    webhook.failing_since_us = webhook.failing_since_us or event.at_us
    webhook.failing = Failing(
        position=event.position,
        attempts=event.attempts,
        due_us=event.due_us,
        since_us=webhook.failing_since_us,
        error=event.error,
        status=event.status,
    )
    webhook.pos = pos
    state.touch("webhook", webhook.id, webhook)


def apply_webhook_post_died(state: "State", event: WebhookPostDied, pos: int) -> None:
    """Applies: a dead letter, and the place moves behind it."""
    webhook = state.webhooks[event.webhook_id]
    dead = DeadPost(
        id=dead_post_id(webhook.id, event.position),
        webhook_id=webhook.id,
        url=webhook.url,
        position=event.position,
        attempts=event.attempts,
        died_us=event.at_us,
        pos=pos,
        error=event.error,
        status=event.status,
        redriven=webhook.redriven.get(event.position, 0),
    )
    webhook.redriven = {at: n for at, n in webhook.redriven.items() if at != event.position}
    webhook.position = max(webhook.position, event.position)
    webhook.dead += 1
    webhook.failing = None
    webhook.failing_since_us = webhook.failing_since_us or event.at_us
    webhook.pos = pos
    state.closed["dead_post", dead.id] = dead
    state.touch("dead_post", dead.id, dead)
    state.touch("webhook", webhook.id, webhook)


def apply_webhook_post_redriven(state: "State", event: WebhookPostRedriven, pos: int) -> None:
    """Applies: it is posted before what comes next."""
    dead = state.closed["dead_post", event.dead_post]
    assert isinstance(dead, DeadPost)
    webhook = state.webhooks[dead.webhook_id]
    webhook.redriven = {**webhook.redriven, dead.position: dead.redriven + 1}
    webhook.dead -= 1
    webhook.pos = pos
    revived = replace(dead, is_dead=False, pos=pos)
    state.closed["dead_post", dead.id] = revived
    state.touch("dead_post", dead.id, revived)
    state.touch("webhook", webhook.id, webhook)


def redrive_post(
    state: "State", id: str, *, agent: str, arriving: dict[str, int], now_us: int
) -> WebhookPostRedriven | tuple[str, str]:
    """The event that brings a dead post back, or a refusal's code and text. `arriving` counts what the same command
    brought back before."""
    dead = state.closed.get(("dead_post", id))
    if not isinstance(dead, DeadPost):
        return "not_found", f"there is no dead letter {id}"
    if not dead.is_dead:
        return "wrong_status", f"{id} was brought back before"
    webhook = state.webhooks.get(dead.webhook_id)
    if webhook is None:
        return "not_found", f"the webhook {dead.webhook_id} was deleted"
    if len(webhook.redriven) + arriving.get(webhook.id, 0) >= REDRIVEN_MAX:
        return "limit", f"{REDRIVEN_MAX} dead letters of {webhook.id} wait to be posted again"
    arriving[webhook.id] = arriving.get(webhook.id, 0) + 1
    return WebhookPostRedriven(at_us=now_us, dead_post=id, died_pos=dead.pos, agent=agent)


def _failed(webhook: Webhook, failure: Failure, *, now_us: int, pos: int) -> list[Event]:
    """The next attempt, or the end of them; and a pause for a target that has been dead for long."""
    known = webhook.failing
    is_again = known is not None and known.position == failure.position
    attempts = known.attempts + 1 if known is not None and is_again else 1
    events: list[Event] = []
    if attempts >= webhook.posts_max:
        events.append(
            WebhookPostDied(
                at_us=now_us,
                webhook_id=webhook.id,
                position=failure.position,
                attempts=attempts,
                error=failure.error,
                status=failure.status,
            )
        )
        reason = f"the event {failure.position} was posted {attempts} times in vain"
        events.append(_escalation(webhook, f"{reason}: {failure.error}", now_us))
    else:
        events.append(
            WebhookPostFailed(
                at_us=now_us,
                webhook_id=webhook.id,
                position=failure.position,
                attempts=attempts,
                due_us=now_us + _pause_us(attempts, failure, pos),
                error=failure.error,
                status=failure.status,
            )
        )
    reason = _reason_to_pause(webhook, failure, now_us)
    if reason and webhook.status != PAUSED:
        events.append(WebhookPaused(at_us=now_us, webhook_id=webhook.id, reason=reason))
        events.append(_escalation(webhook, reason, now_us))
    return events


def _pause_us(attempts: int, failure: Failure, pos: int) -> int:
    """Between half of a doubling ceiling and all of it; longer if the target asked for it."""
    ceiling_us = min(BACKOFF_CAP_US, BACKOFF_BASE_US << (attempts - 1))
    drawn_us = ceiling_us // 2 + draw(pos, below=ceiling_us // 2 + 1)
    return max(drawn_us, int(failure.retry_after_s * 1_000_000))


def _reason_to_pause(webhook: Webhook, failure: Failure, now_us: int) -> str:
    if failure.is_gone:
        return f"the target wants no more: {failure.error}"
    since_us = webhook.failing_since_us
    if since_us and now_us - since_us >= FAILING_US_MAX:
        return f"the target took nothing for a day: {failure.error}"
    return ""


def _escalation(webhook: Webhook, reason: str, now_us: int) -> EscalationRaised:
    return EscalationRaised(
        at_us=now_us, topic=ESCALATION_TOPIC, noun="webhook", id=webhook.id, reason=reason
    )
