"""The end of a delivery: acknowledged, given back, or dead."""

from typing import TYPE_CHECKING

from interlock.kernel.command import Command, Decision, Event, Reply, refuse
from interlock.kernel.escalation import ESCALATION_TOPIC, EscalationRaised
from interlock.kernel.limits import Note
from interlock.kernel.mail.model import (
    ACKED,
    DEAD,
    DEATHS,
    DELIVERY_LIMIT,
    ESCALATED_TYPES,
    EXPIRED,
    REJECTED,
    WAITING,
    Delivery,
    Receipt,
    read_receipt,
)
from interlock.kernel.mail.place import close_delivery, make_available
from interlock.kernel.task.model import Cause

if TYPE_CHECKING:
    from interlock.kernel.state import State


class AckMessage(Command, frozen=True, kw_only=True):
    """Settles a message: it will not come again. Acknowledged again with the same receipt, the same answer.

    The latest receipt settles even when its visibility has ended, as long as nobody was handed the message
    since. Refusals: stale_receipt, not_found.
    """

    verb = "ack_message"
    repeatable = True
    reply = "DeliveryState"

    receipt: Receipt


class RejectMessage(Command, frozen=True, kw_only=True):
    """Refuses a message: it becomes a dead letter, or with `requeue` waits again at its old place.

    A requeued one that was handed out as often as it may be becomes a dead letter, too. Rejected again with
    the same receipt, the same answer. Refusals: stale_receipt, not_found.
    """

    verb = "reject_message"
    repeatable = True
    reply = "DeliveryState"

    receipt: Receipt
    reason: Note = ""
    requeue: bool = False


class MessageAcked(Event, frozen=True, kw_only=True):
    """A recipient settled a message, by its receipt or by the message `reply`."""

    delivery_id: str
    reply: str = ""


class MessageReturned(Event, frozen=True, kw_only=True):
    """A message that was handed out waits again: its visibility ended, or its recipient gave it back."""

    delivery_id: str
    reason: str = ""


class MessageDied(Event, frozen=True, kw_only=True):
    """A delivery was given up; `reason` is one of `DEATHS`."""

    delivery_id: str
    reason: str
    detail: str = ""


class DeliveryState(Reply, frozen=True, kw_only=True):
    """What became of a message: `acked`, `waiting` or `dead`. `is_duplicate` says that it was so before."""

    message_id: str
    status: str
    is_duplicate: bool = False


def decide_ack_message(state: "State", command: AckMessage, now_us: int) -> Decision:
    """Only the latest receipt counts."""
    delivery = _latest(state, command.receipt)
    if not isinstance(delivery, Delivery):
        return delivery
    if delivery.status == ACKED:
        return [], _state_of(delivery, ACKED, is_duplicate=True)
    if delivery.status == DEAD:
        return _stale(command.receipt, delivery)
    event = MessageAcked(at_us=now_us, delivery_id=delivery.id)
    return [event], _state_of(delivery, ACKED)


def decide_reject_message(state: "State", command: RejectMessage, now_us: int) -> Decision:
    """A dead letter, or back to its place."""
    delivery = _latest(state, command.receipt)
    if not isinstance(delivery, Delivery):
        return delivery
    if delivery.status == ACKED:
        return _stale(command.receipt, delivery)
    if delivery.status == DEAD or (delivery.status == WAITING and command.requeue):
        return [], _state_of(delivery, delivery.status, is_duplicate=True)
    if not command.requeue:
        events = die(state, delivery, reason=REJECTED, detail=command.reason, now_us=now_us)
        return events, _state_of(delivery, DEAD)
    if is_exhausted(state, delivery):
        events = die(state, delivery, reason=DELIVERY_LIMIT, detail=command.reason, now_us=now_us)
        return events, _state_of(delivery, DEAD)
    returned = MessageReturned(at_us=now_us, delivery_id=delivery.id, reason=command.reason)
    return [returned], _state_of(delivery, WAITING)


def decide_message_alarm(state: "State", id: str, now_us: int) -> list[Event]:
    """What a delivery's alarm means: the end of its visibility, or of its time to live."""
    delivery = state.deliveries.get(id)
    if delivery is None or (delivery.visible_us or delivery.expires_us) > now_us:
        return []
    if delivery.visible_us and is_exhausted(state, delivery):
        return die(state, delivery, reason=DELIVERY_LIMIT, detail="", now_us=now_us)
    if delivery.expires_us <= now_us:
        return die(state, delivery, reason=EXPIRED, detail="", now_us=now_us)
    return [MessageReturned(at_us=now_us, delivery_id=id)]


def apply_message_acked(state: "State", event: MessageAcked, pos: int) -> None:
    """Applies: the delivery is settled."""
    close_delivery(state, state.deliveries[event.delivery_id], ACKED, at_us=event.at_us, pos=pos)


def apply_message_returned(state: "State", event: MessageReturned, pos: int) -> None:
    """Applies: the message waits again, at its old place."""
    delivery = state.deliveries[event.delivery_id]
    delivery.changed_pos = pos
    state.directory.overdue[delivery.id] = None
    make_available(state, delivery)
    state.touch("delivery", delivery.id, delivery)


def apply_message_died(state: "State", event: MessageDied, pos: int) -> None:
    """Applies: the delivery is a dead letter, and its chain of causes has one link more."""
    delivery = state.deliveries[event.delivery_id]
    cause = Cause(
        pos=pos,
        error_class=event.reason,
        message=event.detail or DEATHS[event.reason],
        attempt=delivery.delivery_count,
        agent=delivery.recipient if event.reason == REJECTED else "",
    )
    delivery.reason = event.reason
    delivery.causes = (*delivery.causes, cause)
    close_delivery(state, delivery, DEAD, at_us=event.at_us, pos=pos)


def is_exhausted(state: "State", delivery: Delivery) -> bool:
    """Whether the delivery was handed out as often as it may be."""
    return delivery.delivery_count >= state.messages[delivery.message_id].deliveries_max


def die(
    state: "State", delivery: Delivery, *, reason: str, detail: str, now_us: int
) -> list[Event]:
    """The events that give a delivery up, and tell people if somebody waits for an answer to it."""
    died = MessageDied(at_us=now_us, delivery_id=delivery.id, reason=reason, detail=detail)
    if delivery.message_type not in ESCALATED_TYPES:
        return [died]
    told = (
        f"{delivery.message_type} from {delivery.source} to {delivery.recipient}: {DEATHS[reason]}"
    )
    escalation = EscalationRaised(
        at_us=now_us,
        topic=ESCALATION_TOPIC,
        noun="message",
        id=delivery.id,
        reason=f"{told}: {detail}" if detail else told,
        correlation_id=state.messages[delivery.message_id].correlation_id,
    )
    return [died, escalation]


def _latest(state: "State", receipt: str) -> Delivery | Decision:
    """The delivery whose latest receipt this is, or why there is none."""
    id, pos = read_receipt(receipt)
    delivery = state.deliveries.get(id) or state.closed.get(("delivery", id))
    if not isinstance(delivery, Delivery):
        return refuse("not_found", f"no message was handed out with the receipt {receipt}")
    return delivery if pos and delivery.receipt_pos == pos else _stale(receipt, delivery)


def _stale(receipt: str, delivery: Delivery) -> Decision:
    return refuse(
        "stale_receipt",
        f"{receipt} settles nothing: {delivery.message_id} is {delivery.status} for {delivery.recipient},"
        f" after {delivery.delivery_count} deliveries",
        message_id=delivery.message_id,
        status=delivery.status,
        delivery_count=delivery.delivery_count,
    )


def _state_of(delivery: Delivery, status: str, *, is_duplicate: bool = False) -> DeliveryState:
    return DeliveryState(message_id=delivery.message_id, status=status, is_duplicate=is_duplicate)
