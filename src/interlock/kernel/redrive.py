"""Dead letters brought back, each with a fresh start and its history."""

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from interlock.kernel.command import Command, Decision, Event, Refusal, Reply
from interlock.kernel.limits import BATCH_MAX, DELIVERIES_MAX, MAILBOX_DEPTH_MAX
from interlock.kernel.mail.model import DEAD, WAITING, Delivery, LetterId
from interlock.kernel.mail.place import open_delivery, reopen_message
from interlock.kernel.mail.send import find_message
from interlock.kernel.task.cancel import RetryTask, decide_retry_task
from interlock.kernel.topic.model import WINDOW_MAX, DeadEvent
from interlock.kernel.topic.settle import EventRedriven
from interlock.kernel.webhook.advance import redrive_post

if TYPE_CHECKING:
    from interlock.kernel.state import State


class RedriveDeadLetters(Command, frozen=True, kw_only=True):
    """Brings the named dead letters back, as `get_dead_letters` names them.

    A task starts afresh with all of its attempts; a message waits again at its old place, with its whole time
    to live and no delivery counted; a topic's event comes to its group again; a webhook's event is posted before
    what comes next. How often and why it died stays
    on record. What is not dead (any more), or finds no room, is skipped with its reason: so sent again it
    changes nothing.
    """

    verb = "redrive_dead_letters"
    repeatable = True
    reply = "Redriven"
    grows = True

    ids: Annotated[tuple[LetterId, ...], Meta(min_length=1, max_length=BATCH_MAX)]


class MessageRedriven(Event, frozen=True, kw_only=True):
    """A dead delivery waits again. `died_pos` is the event that gave it up."""

    delivery_id: str
    died_pos: int
    expires_us: int
    agent: str = ""


class Skipped(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A dead letter that was left alone, and why: a code of a refusal, and its text."""

    id: str
    code: str
    message: str


class Redriven(Reply, frozen=True, kw_only=True):
    """What is open again, and what was skipped."""

    redriven: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def decide_redrive_dead_letters(
    state: "State", command: RedriveDeadLetters, now_us: int
) -> Decision:
    """Each by itself: one that cannot come back holds up no other."""
    events: list[Event] = []
    redriven: list[str] = []
    skipped: list[Skipped] = []
    arriving: dict[str, int] = {}
    for id in dict.fromkeys(command.ids):
        if id.startswith("message-"):
            found = _redrive_message(state, command, id, now_us=now_us, arriving=arriving)
        elif id.startswith("event-"):
            found = _redrive_event(state, command, id, now_us=now_us, arriving=arriving)
        elif id.startswith("post-"):
            found = _redrive_post(state, command, id, now_us=now_us, arriving=arriving)
        else:
            found = _redrive_task(state, command, id, now_us)
        if isinstance(found, Skipped):
            skipped.append(found)
        else:
            events += found
            redriven.append(id)
    return events, Redriven(redriven=tuple(redriven), skipped=tuple(skipped))


def apply_message_redriven(state: "State", event: MessageRedriven, pos: int) -> None:
    """Applies: the delivery is open again; earlier receipts settle nothing."""
    delivery = state.closed.pop(("delivery", event.delivery_id))
    assert isinstance(delivery, Delivery)
    reopen_message(state, delivery.message_id, pos)
    delivery.status = WAITING
    delivery.reason = ""
    delivery.ended_us = delivery.delivery_count = delivery.receipt_pos = 0
    delivery.expires_us = event.expires_us
    delivery.redriven += 1
    state.tally.dead_messages -= 1
    delivery.changed_pos = pos
    open_delivery(state, delivery)
    state.touch("delivery", delivery.id, delivery)


def _redrive_task(
    state: "State", command: RedriveDeadLetters, id: str, now_us: int
) -> list[Event] | Skipped:
    retry = RetryTask(agent=command.agent, task_id=id)
    events, reply = decide_retry_task(state, retry, now_us)
    if isinstance(reply, Refusal):
        return Skipped(id=id, code=reply.code, message=reply.message)
    return events


def _redrive_message(
    state: "State",
    command: RedriveDeadLetters,
    id: str,
    *,
    now_us: int,
    arriving: dict[str, int],
) -> list[Event] | Skipped:
    delivery = state.deliveries.get(id) or state.closed.get(("delivery", id))
    if not isinstance(delivery, Delivery):
        return Skipped(id=id, code="not_found", message=f"there is no dead letter {id}")
    if delivery.status != DEAD:
        return Skipped(id=id, code="wrong_status", message=f"{id} is {delivery.status}, not dead")
    message = find_message(state, delivery.message_id)
    if message is None:
        return Skipped(
            id=id, code="not_found", message=f"there is no message {delivery.message_id}"
        )
    recipient = delivery.recipient
    mailbox = state.mailboxes.get(recipient)
    if (mailbox.depth if mailbox else 0) + arriving.get(recipient, 0) >= MAILBOX_DEPTH_MAX:
        return Skipped(id=id, code="mailbox_full", message=f"the mailbox of {recipient} is full")
    if len(state.deliveries) + sum(arriving.values()) >= DELIVERIES_MAX:
        return Skipped(id=id, code="limit", message=f"{DELIVERIES_MAX} messages wait to be settled")
    arriving[recipient] = arriving.get(recipient, 0) + 1
    event = MessageRedriven(
        at_us=now_us,
        delivery_id=id,
        died_pos=delivery.changed_pos,
        expires_us=now_us + message.expires_us - message.sent_us,
        agent=command.agent,
    )
    return [event]


def _redrive_event(
    state: "State",
    command: RedriveDeadLetters,
    id: str,
    *,
    now_us: int,
    arriving: dict[str, int],
) -> list[Event] | Skipped:
    dead = state.closed.get(("dead_event", id))
    if not isinstance(dead, DeadEvent):
        return Skipped(id=id, code="not_found", message=f"there is no dead letter {id}")
    if not dead.is_dead:
        return Skipped(id=id, code="wrong_status", message=f"{id} was brought back before")
    subscription = state.subscriptions.get(dead.subscription)
    if subscription is None:
        message = f"the group {dead.group} is not subscribed to {dead.topic} any more"
        return Skipped(id=id, code="not_found", message=message)
    if dead.position in subscription.open or dead.position > subscription.cursor:
        message = f"the group {dead.group} was moved back and reads the event again anyway"
        return Skipped(id=id, code="wrong_status", message=message)
    if len(subscription.open) + arriving.get(dead.subscription, 0) >= WINDOW_MAX:
        message = f"the group {dead.group} has {WINDOW_MAX} unsettled events"
        return Skipped(id=id, code="limit", message=message)
    arriving[dead.subscription] = arriving.get(dead.subscription, 0) + 1
    return [EventRedriven(at_us=now_us, dead_event=id, died_pos=dead.pos, agent=command.agent)]


def _redrive_post(
    state: "State",
    command: RedriveDeadLetters,
    id: str,
    *,
    now_us: int,
    arriving: dict[str, int],
) -> list[Event] | Skipped:
    found = redrive_post(state, id, agent=command.agent, arriving=arriving, now_us=now_us)
    if isinstance(found, tuple):
        code, message = found
        return Skipped(id=id, code=code, message=message)
    return [found]
