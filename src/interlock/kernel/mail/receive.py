"""Reading a mailbox. What was read comes back unless it is settled."""

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from interlock.kernel.agent import refuse_agent
from interlock.kernel.command import Command, Decision, Event, Reply, refuse
from interlock.kernel.limits import Count, LeaseSeconds, Name, OptionalName, WaitSeconds
from interlock.kernel.mail.mailbox import Wanted
from interlock.kernel.mail.model import (
    Delivery,
    Message,
    MessageType,
    delivery_id,
    receipt_of,
)
from interlock.kernel.mail.place import hand_out
from interlock.kernel.mail.send import find_message
from interlock.kernel.payload import decode_json

if TYPE_CHECKING:
    from interlock.kernel.state import State


class GetMessages(Command, frozen=True, kw_only=True):
    """Hands out up to `limit` waiting messages of `agent`, each with a receipt.

    `message_type` (one or several), `reply_to` and `thread_id` select. For `visibility_s` seconds nobody else
    is handed the same message; then it comes again with a `delivery_count` one greater, unless its receipt was
    given to `ack_message` or `reject_message`. The sender with the most urgent message goes first; the
    messages of one sender come in the order in which they were sent. With `wait_s` it waits that long at the
    most for the first one.

    Returns `Messages`, which is false when there are none. Refusals: invalid (`agent` is empty), paused (the
    agent is quarantined: its messages stay), session_closed.
    """

    verb = "get_messages"
    reply = "Messages"

    message_type: (
        MessageType | Annotated[tuple[MessageType, ...], Meta(min_length=1, max_length=6)] | None
    ) = None
    reply_to: OptionalName = ""
    thread_id: OptionalName = ""
    limit: Count = 10
    visibility_s: LeaseSeconds = 60.0
    wait_s: WaitSeconds = 0.0
    session: OptionalName = ""


class GetMessage(Command, frozen=True, kw_only=True):
    """Returns what was sent under a message id, without any delivery of it. Refusals: not_found."""

    verb = "get_message"
    repeatable = True
    reply = "MessageView"

    message_id: Name


class MessagesDelivered(Event, frozen=True, kw_only=True):
    """A recipient was handed messages, which are invisible until `visible_us`. Its position makes the
    receipts."""

    recipient: str
    deliveries: tuple[str, ...]
    visible_us: int
    session: str = ""


class ReceivedMessage(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A message in the hands of its recipient. `receipt` settles it; `age_ms` and `expires_in_ms` are
    durations at the moment of the reply."""

    id: str
    receipt: str
    delivery_count: int
    source: str
    target: str
    message_type: str
    thread_id: str
    priority: int
    age_ms: int
    expires_in_ms: int
    message: str = ""
    payload_json: str = ""
    reply_to: str = ""
    task_id: str = ""
    correlation_id: str = ""
    traceparent: str = ""

    @property
    def payload(self) -> Any:
        """The payload that the message was sent with."""
        return decode_json(self.payload_json)


class Messages(Reply, frozen=True, kw_only=True):
    """The messages handed out. False when there are none."""

    items: tuple[ReceivedMessage, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.items)


class MessageView(Reply, frozen=True, kw_only=True):
    """A message as it was sent."""

    message: Message

    @property
    def payload(self) -> Any:
        """The payload that the message was sent with."""
        return decode_json(self.message.payload_json)


def wanted_of(command: GetMessages) -> Wanted:
    """The command's filter."""
    types = command.message_type
    named = () if types is None else (types,) if isinstance(types, str) else types
    return Wanted(types=frozenset(named), reply_to=command.reply_to, thread_id=command.thread_id)


def abridge(reply: Reply) -> Reply:
    """Messages without their contents, as they are remembered for a request id."""
    if not isinstance(reply, Messages):
        return reply
    return Messages(items=tuple(replace(item, message="", payload_json="") for item in reply.items))


def complete(state: "State", reply: Reply) -> Reply:
    """Remembered messages with the contents of those that are at hand."""
    if not isinstance(reply, Messages):
        return reply
    found = [(item, find_message(state, item.id)) for item in reply.items]
    items = tuple(
        replace(item, message=sent.text, payload_json=sent.payload_json) if sent else item
        for item, sent in found
    )
    return Messages(items=items)


def decide_get_messages(state: "State", command: GetMessages, now_us: int) -> Decision:
    """What comes next under the filter and has not expired."""
    if not command.agent:
        return refuse("invalid", "get_messages: agent is empty, and names the mailbox")
    refusal = refuse_agent(state, agent=command.agent, session=command.session, sending=True)
    if refusal is not None:
        return refusal
    mailbox = state.mailboxes.get(command.agent)
    if mailbox is None:
        return [], Messages()

    def open_copy(message: Message) -> Delivery:
        return state.deliveries[delivery_id(message.id, command.agent)]

    found = mailbox.first(
        wanted_of(command),
        limit=command.limit,
        is_fresh=lambda message: open_copy(message).expires_us > now_us,
    )
    if not found:
        return [], Messages()
    event = MessagesDelivered(
        at_us=now_us,
        recipient=command.agent,
        deliveries=tuple(delivery_id(message.id, command.agent) for message in found),
        visible_us=now_us + int(command.visibility_s * 1_000_000),
        session=command.session,
    )
    pos = state.head + 1
    items = tuple(
        _received(message, open_copy(message), pos=pos, now_us=now_us) for message in found
    )
    return [event], Messages(items=items)


def apply_messages_delivered(state: "State", event: MessagesDelivered, pos: int) -> None:
    """Applies: the messages are invisible for a while; `pos` makes their receipts."""
    for id in event.deliveries:
        hand_out(state, state.deliveries[id], visible_us=event.visible_us, pos=pos)


def decide_get_message(state: "State", command: GetMessage, now_us: int) -> Decision:
    """Looks at what is at hand."""
    del now_us
    message = find_message(state, command.message_id)
    if message is None:
        return refuse(
            "not_found", f"there is no message {command.message_id}", message_id=command.message_id
        )
    return [], MessageView(message=message)


def _received(message: Message, delivery: Delivery, *, pos: int, now_us: int) -> ReceivedMessage:
    return ReceivedMessage(
        id=message.id,
        receipt=receipt_of(delivery.id, pos),
        delivery_count=delivery.delivery_count + 1,
        source=message.source,
        target=message.target,
        message_type=message.message_type,
        thread_id=message.thread_id,
        priority=message.priority,
        age_ms=(now_us - message.sent_us) // 1_000,
        expires_in_ms=(delivery.expires_us - now_us) // 1_000,
        message=message.text,
        payload_json=message.payload_json,
        reply_to=message.reply_to,
        task_id=message.task_id,
        correlation_id=message.correlation_id,
        traceparent=message.traceparent,
    )
