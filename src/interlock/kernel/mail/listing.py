"""Messages in lists, for those who watch: nothing is handed out, and nothing has to be settled."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from interlock.kernel.command import Command, Reply
from interlock.kernel.limits import Count, OptionalName
from interlock.kernel.mail.model import (
    HANDED_OUT,
    WAITING,
    Delivery,
    Message,
    MessageType,
    delivery_id,
    message_id,
)
from interlock.kernel.page import (
    LOOKS_MAX,
    OPEN_SECTION,
    Cursor,
    Order,
    Place,
    Plan,
    Slice,
    behind,
)

if TYPE_CHECKING:
    from interlock.kernel.state import State

TEXT_SHOWN_MAX: Final = 500
"""Characters of a message's text in a list; `get_message` gives all."""

DELIVERIES_SHOWN_MAX: Final = 10
"""Open deliveries that one message shows; their counts are exact."""


class SearchMessages(Command, frozen=True, kw_only=True):
    """Lists up to `limit` messages without handing any out: first those that somebody still has to settle, then the
    settled ones, each from the newest or the oldest.

    `status` is `open` (not settled by all), `waiting` (somebody has not read it), `handed_out` (somebody has it in
    hand), or `closed`; `is_overdue` asks for those that somebody was handed and did not settle in time. `recipient`
    finds closed messages by their target only. `cursor` is that of the page before: a page may be short, even empty,
    and still have one, when much had to be passed over. Refusals: invalid (a strange cursor).
    """

    verb = "search_messages"
    repeatable = True
    reply = "FoundMessages"

    thread_id: OptionalName = ""
    source: OptionalName = ""
    recipient: OptionalName = ""
    message_type: MessageType | None = None
    status: Literal["", "open", "waiting", "handed_out", "closed"] = ""
    is_overdue: bool = False
    order: Order = "newest"
    limit: Count = 50
    cursor: Cursor = ""


class DeliverySummary(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """An open delivery of a listed message. `visible_in_ms` is how long nobody else is handed it."""

    recipient: str
    status: str
    delivery_count: int = 0
    is_overdue: bool = False
    visible_in_ms: int = 0


class MessageSummary(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A message in a list, with the beginning of its text. `open_count`, `waiting_count` and `overdue_count` are
    numbers of recipients; durations are those at the moment of the reply."""

    id: str
    source: str
    target: str
    message_type: str
    thread_id: str
    priority: int
    sent_us: int
    age_ms: int
    expires_in_ms: int
    text: str = ""
    has_payload: bool = False
    reply_to: str = ""
    task_id: str = ""
    correlation_id: str = ""
    is_open: bool = True
    recipient_count: int = 1
    open_count: int = 0
    waiting_count: int = 0
    overdue_count: int = 0
    deliveries: tuple[DeliverySummary, ...] = ()


class FoundMessages(Reply, frozen=True, kw_only=True):
    """One page of messages; `cursor` asks for the next one and is empty on the last. False when the page is empty."""

    items: tuple[MessageSummary, ...] = ()
    cursor: str = ""

    def __bool__(self) -> bool:
        return bool(self.items)


def open_slice(
    state: "State", command: SearchMessages, place: Place, wanted: int, now_us: int
) -> Slice:
    """Up to `wanted` open messages behind the place, from at most `LOOKS_MAX`."""
    found: list[MessageSummary] = []
    if command.status == "closed":
        return Slice(found, None)
    positions = behind(state.directory.messages, place, command.order)
    for looks, pos in enumerate(positions, start=1):
        message = state.messages[message_id(state.shard, pos)]
        if _matches(command, message) and _matches_open(state, command, message):
            found.append(_open_summary(state, message, now_us))
        if len(found) == wanted or looks == LOOKS_MAX:
            return Slice(found, Place(OPEN_SECTION, pos))
    return Slice(found, None)


def ended_statuses(command: SearchMessages) -> tuple[str, ...]:
    """Settled messages are wanted unless something is asked of their deliveries."""
    return ("closed",) if command.status in ("", "closed") and not command.is_overdue else ()


def ended_item(command: SearchMessages, message: Message, now_us: int) -> MessageSummary | None:
    """What the list shows of a settled message."""
    is_wanted = _matches(command, message) and command.recipient in ("", message.target)
    return _summary(message, now_us) if is_wanted else None


def _matches(command: SearchMessages, message: Message) -> bool:
    return (
        (not command.thread_id or message.thread_id == command.thread_id)
        and (not command.source or message.source == command.source)
        and (command.message_type is None or message.message_type == command.message_type)
    )


def _matches_open(state: "State", command: SearchMessages, message: Message) -> bool:
    """Whether one of its open deliveries is as the command asks."""
    deliveries: Iterator[Delivery] | list[Delivery] = open_deliveries(state, message)
    if command.recipient:
        deliveries = [each for each in deliveries if each.recipient == command.recipient]
    if command.status in (WAITING, HANDED_OUT):
        deliveries = [each for each in deliveries if each.status == command.status]
    if command.is_overdue:
        deliveries = [each for each in deliveries if each.id in state.directory.overdue]
    return next(iter(deliveries), None) is not None


def open_deliveries(state: "State", message: Message) -> Iterator[Delivery]:
    """The open deliveries of an open message: that to its target, or those to the members of a group."""
    direct = state.deliveries.get(delivery_id(message.id, message.target))
    if direct is not None:
        yield direct
    for recipient in state.directory.members.get(message.id, ()):
        yield state.deliveries[delivery_id(message.id, recipient)]


def _open_summary(state: "State", message: Message, now_us: int) -> MessageSummary:
    deliveries = list(open_deliveries(state, message))
    overdue = state.directory.overdue
    return msgspec.structs.replace(
        _summary(message, now_us),
        is_open=True,
        open_count=len(deliveries),
        waiting_count=sum(each.status == WAITING for each in deliveries),
        overdue_count=sum(each.id in overdue for each in deliveries),
        deliveries=tuple(
            DeliverySummary(
                recipient=each.recipient,
                status=each.status,
                delivery_count=each.delivery_count,
                is_overdue=each.id in overdue,
                visible_in_ms=max(0, each.visible_us - now_us) // 1_000,
            )
            for each in deliveries[:DELIVERIES_SHOWN_MAX]
        ),
    )


def _summary(message: Message, now_us: int) -> MessageSummary:
    return MessageSummary(
        id=message.id,
        source=message.source,
        target=message.target,
        message_type=message.message_type,
        thread_id=message.thread_id,
        priority=message.priority,
        sent_us=message.sent_us,
        age_ms=max(0, now_us - message.sent_us) // 1_000,
        expires_in_ms=max(0, message.expires_us - now_us) // 1_000,
        text=message.text[:TEXT_SHOWN_MAX],
        has_payload=bool(message.payload_json),
        reply_to=message.reply_to,
        task_id=message.task_id,
        correlation_id=message.correlation_id,
        is_open=False,
        recipient_count=message.recipient_count,
    )


PLAN: Final = Plan(
    kind="message",
    open_slice=open_slice,
    ended_statuses=ended_statuses,
    ended_item=ended_item,
    reply=lambda items, cursor: FoundMessages(items=items, cursor=cursor),
)
"""How `search_messages` is answered."""
