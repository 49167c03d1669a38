"""Sending a message to one agent, to a group, or to all."""

from typing import TYPE_CHECKING, Annotated, Final, Literal

from msgspec import Meta
from msgspec.structs import replace

from interlock.kernel.agent import refuse_agent
from interlock.kernel.command import Command, Decision, Event, Reply, refuse
from interlock.kernel.idempotency import KeyRecord, digest_of, find_key, key_name, remember_key
from interlock.kernel.limits import (
    ATTEMPTS_MAX,
    DELIVERIES_MAX,
    MAILBOX_DEPTH_MAX,
    RECIPIENTS_MAX,
    Fence,
    Json,
    Name,
    OptionalName,
    Priority,
    Text,
    TraceParent,
    TtlSeconds,
)
from interlock.kernel.mail.model import (
    SETTLING_TYPES,
    Delivery,
    Message,
    MessageType,
    delivery_id,
    message_id,
)
from interlock.kernel.mail.place import open_delivery, open_message
from interlock.kernel.mail.settle import MessageAcked
from interlock.kernel.payload import NULL
from interlock.kernel.task.create import PRIORITIES
from interlock.kernel.task.held import find_held
from interlock.kernel.task.model import Task

if TYPE_CHECKING:
    from interlock.kernel.state import State

GROUP_PREFIX: Final = "group:"
ALL: Final = "all"
_NOUN: Final = "message"


class SendMessage(Command, frozen=True, kw_only=True):
    """Leaves a message from `agent` for `target` and returns its id.

    `target` is the name of an agent, registered or not; `group:<name>`, its members at this moment; or `all`,
    the agents registered at this moment. The sender of a group's or of all's message gets none itself.
    `reply_to` is the id of the message that this one answers; an ACK or a RESULT settles it for the sender.
    `thread_id` is that of the replied message unless given, or the message's own id. Who has not settled it
    `ttl_s` after it was sent, or has been handed it `deliveries_max` times, has a dead letter instead.
    `task_id` and `fence` prove the claim under which it is sent. The same `idempotency_key` from the same
    agent gives the first message again. `traceparent` is handed to its readers.

    Refusals: invalid (`agent` is empty), not_found (nobody is in the group, or no such task), paused (the
    sender is quarantined), stale_fence, mailbox_full (then nobody gets it), idempotency_conflict, limit,
    disk_full.
    """

    verb = "send_message"
    reply = "MessageRef"
    grows = True

    target: Name
    message_type: MessageType
    message: Text = ""
    payload: Json = NULL
    reply_to: OptionalName = ""
    thread_id: OptionalName = ""
    priority: Priority | Literal["low", "normal", "high", "urgent"] = 4
    ttl_s: TtlSeconds = 86_400.0
    deliveries_max: Annotated[int, Meta(ge=1, le=ATTEMPTS_MAX)] = 5
    idempotency_key: OptionalName = ""
    task_id: OptionalName = ""
    fence: Fence = 0
    correlation_id: OptionalName = ""
    traceparent: TraceParent = ""


class MessageSent(Event, frozen=True, kw_only=True):
    """A message waits for each of its recipients. Its id names this position."""

    message: Message
    recipients: tuple[str, ...]
    digest: str = ""


class MessageRef(Reply, frozen=True, kw_only=True):
    """A message's id. `is_duplicate` says that an earlier command had already sent it."""

    message_id: str
    thread_id: str = ""
    recipient_count: int = 1
    is_duplicate: bool = False


def decide_send_message(state: "State", command: SendMessage, now_us: int) -> Decision:
    """To all of its recipients or to none."""
    if not command.agent:
        return refuse("invalid", "send_message: agent is empty, and a message needs a sender")
    refusal = refuse_agent(state, agent=command.agent, sending=True)
    if refusal is not None:
        return refusal
    digest = ""
    if command.idempotency_key:
        digest = digest_of(replace(command, fence=0))
        known = find_key(state, sent_key(command), digest)
        if isinstance(known, KeyRecord):
            return [], _sent_before(state, known.ref)
        if known is not None:
            return known
    correlation_id = command.correlation_id
    if command.task_id:
        task = find_held(state, command, now_us)
        if not isinstance(task, Task):
            return task
        correlation_id = correlation_id or task.correlation_id
        command = replace(command, traceparent=command.traceparent or task.traceparent)
    recipients = _recipients(state, command)
    refusal = _refuse_recipients(state, command.target, recipients)
    if refusal is not None:
        return refusal
    message = _new_message(
        state, command, now_us=now_us, recipients=recipients, correlation_id=correlation_id
    )
    sent = MessageSent(at_us=now_us, message=message, recipients=recipients, digest=digest)
    reply = MessageRef(
        message_id=message.id, thread_id=message.thread_id, recipient_count=len(recipients)
    )
    return [sent, *_settled_by(state, message, now_us)], reply


def apply_message_sent(state: "State", event: MessageSent, pos: int) -> None:
    """Applies: the message waits in the mailbox of each recipient."""
    message = event.message
    open_message(state, message)
    state.touch("message", message.id, message)
    for recipient in event.recipients:
        delivery = Delivery(
            id=delivery_id(message.id, recipient),
            message_id=message.id,
            recipient=recipient,
            source=message.source,
            message_type=message.message_type,
            expires_us=message.expires_us,
            changed_pos=pos,
        )
        open_delivery(state, delivery)
        state.touch("delivery", delivery.id, delivery)
    if message.idempotency_key:
        name = key_name(_NOUN, sender=message.source, key=message.idempotency_key)
        remember_key(state, name, digest=event.digest, ref=message.id, at_us=event.at_us, pos=pos)


def sent_key(command: SendMessage) -> str:
    """The scoped name of the command's idempotency key."""
    return key_name(_NOUN, sender=command.agent, key=command.idempotency_key)


def find_message(state: "State", id: str) -> Message | None:
    """A message at hand, open or closed."""
    message = state.messages.get(id) or state.closed.get(("message", id))
    return message if isinstance(message, Message) else None


def _sent_before(state: "State", id: str) -> MessageRef:
    message = find_message(state, id)
    if message is None:
        return MessageRef(message_id=id, is_duplicate=True)
    return MessageRef(
        message_id=id,
        thread_id=message.thread_id,
        recipient_count=message.recipient_count,
        is_duplicate=True,
    )


def _recipients(state: "State", command: SendMessage) -> tuple[str, ...]:
    """By name, so that the order does not depend on when a hub was started."""
    target = command.target
    if target == ALL:
        members = sorted(state.agents)
    elif target.startswith(GROUP_PREFIX):
        members = sorted(state.groups.get(target.removeprefix(GROUP_PREFIX), ()))
    else:
        return (target,)
    return tuple(name for name in members if name != command.agent)


def _refuse_recipients(state: "State", target: str, recipients: tuple[str, ...]) -> Decision | None:
    if not recipients:
        message = f"nobody but the sender is in {target}: register agents first"
        return refuse("not_found", message, target=target)
    if len(recipients) > RECIPIENTS_MAX:
        message = f"{target} has {len(recipients)} members, more than the {RECIPIENTS_MAX} that one message reaches"
        return refuse("limit", f"{message}: publish it to a topic", target=target)
    if len(state.deliveries) + len(recipients) > DELIVERIES_MAX:
        return refuse(
            "limit", f"{DELIVERIES_MAX} messages wait to be settled: let their readers catch up"
        )
    for recipient in recipients:
        mailbox = state.mailboxes.get(recipient)
        if mailbox is not None and mailbox.depth >= MAILBOX_DEPTH_MAX:
            return refuse(
                "mailbox_full",
                f"the mailbox of {recipient} holds {MAILBOX_DEPTH_MAX} open messages: wait until it reads them",
                recipient=recipient,
            )
    return None


def _new_message(
    state: "State",
    command: SendMessage,
    *,
    now_us: int,
    recipients: tuple[str, ...],
    correlation_id: str,
) -> Message:
    pos = state.head + 1
    id = message_id(state.shard, pos)
    replied = find_message(state, command.reply_to)
    priority = command.priority
    return Message(
        id=id,
        pos=pos,
        source=command.agent,
        target=command.target,
        message_type=command.message_type,
        thread_id=command.thread_id or (replied.thread_id if replied else id),
        sent_us=now_us,
        expires_us=now_us + int(command.ttl_s * 1_000_000),
        deliveries_max=command.deliveries_max,
        priority=PRIORITIES[priority] if isinstance(priority, str) else priority,
        text=command.message,
        payload_json="" if command.payload == NULL else command.payload,
        reply_to=command.reply_to,
        idempotency_key=command.idempotency_key,
        task_id=command.task_id,
        correlation_id=correlation_id,
        recipient_count=len(recipients),
        traceparent=command.traceparent,
    )


def _settled_by(state: "State", message: Message, now_us: int) -> list[Event]:
    """An ACK or a RESULT settles what it replies to, if that is still open for its sender."""
    if message.message_type not in SETTLING_TYPES:
        return []
    replied = delivery_id(message.reply_to, message.source)
    if replied not in state.deliveries:
        return []
    return [MessageAcked(at_us=now_us, delivery_id=replied, reply=message.id)]
