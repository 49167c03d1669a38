"""Where a delivery stands: waiting in its mailbox, handed out under an alarm, or settled.

These functions are part of `apply` and of loading.
"""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from interlock.kernel.directory import put, take
from interlock.kernel.mail.mailbox import Mailbox
from interlock.kernel.mail.model import DEAD, HANDED_OUT, WAITING, Delivery, Message

if TYPE_CHECKING:
    from interlock.kernel.state import State


def open_message(state: "State", message: Message) -> None:
    """Takes an open message into the open work, before its deliveries."""
    state.messages[message.id] = message
    state.directory.messages.add(message.pos)


def open_delivery(state: "State", delivery: Delivery) -> None:
    """Takes an open delivery into the open work and into every index. Its message must be open."""
    state.deliveries[delivery.id] = delivery
    mailbox = state.mailboxes.get(delivery.recipient)
    if mailbox is None:
        mailbox = state.mailboxes[delivery.recipient] = Mailbox()
    mailbox.depth += 1
    state.unsettled[delivery.message_id] = state.unsettled.get(delivery.message_id, 0) + 1
    if state.messages[delivery.message_id].target != delivery.recipient:
        put(state.directory.members, delivery.message_id, delivery.recipient)
    if delivery.delivery_count > (1 if delivery.status == HANDED_OUT else 0):
        state.directory.overdue[delivery.id] = None
    if delivery.status == WAITING:
        make_available(state, delivery)
    else:
        state.alarms.set(delivery.id, delivery.visible_us)


def make_available(state: "State", delivery: Delivery) -> None:
    """The delivery waits to be read, until its time to live ends."""
    delivery.status = WAITING
    delivery.visible_us = 0
    state.mailboxes[delivery.recipient].add(state.messages[delivery.message_id])
    state.alarms.set(delivery.id, delivery.expires_us)
    state.woken.add("mail:" + delivery.recipient)


def hand_out(state: "State", delivery: Delivery, *, visible_us: int, pos: int) -> None:
    """The delivery is invisible until it is settled or `visible_us` has come; `pos` is its receipt."""
    delivery.status = HANDED_OUT
    delivery.delivery_count += 1
    delivery.visible_us = visible_us
    delivery.receipt_pos = delivery.changed_pos = pos
    state.mailboxes[delivery.recipient].remove(state.messages[delivery.message_id])
    state.alarms.set(delivery.id, visible_us)
    state.touch("delivery", delivery.id, delivery)


def close_delivery(
    state: "State", delivery: Delivery, status: str, *, at_us: int, pos: int
) -> None:
    """The delivery leaves the open work; with the last one its message does, too."""
    mailbox = state.mailboxes[delivery.recipient]
    if delivery.status == WAITING:
        mailbox.remove(state.messages[delivery.message_id])
    if state.messages[delivery.message_id].target != delivery.recipient:
        take(state.directory.members, delivery.message_id, delivery.recipient)
    mailbox.depth -= 1
    if not mailbox.depth:
        del state.mailboxes[delivery.recipient]
    delivery.status = status
    delivery.visible_us = 0
    delivery.ended_us = at_us
    delivery.changed_pos = pos
    del state.deliveries[delivery.id]
    state.alarms.clear(delivery.id)
    state.directory.overdue.pop(delivery.id, None)
    if status == DEAD:
        state.tally.dead_messages += 1
    state.closed["delivery", delivery.id] = delivery
    state.touch("delivery", delivery.id, delivery)
    state.unsettled[delivery.message_id] -= 1
    if not state.unsettled[delivery.message_id]:
        del state.unsettled[delivery.message_id]
        _close_message(state, delivery.message_id, pos)


def reopen_message(state: "State", id: str, pos: int) -> None:
    """A message at hand is open work again, if it was closed."""
    if id in state.messages:
        return
    message = state.closed.pop(("message", id))
    assert isinstance(message, Message)
    opened = replace(message, is_open=True, changed_pos=pos)
    open_message(state, opened)
    state.touch("message", id, opened)


def _close_message(state: "State", id: str, pos: int) -> None:
    message = replace(state.messages.pop(id), is_open=False, changed_pos=pos)
    state.directory.messages.remove(message.pos)
    state.closed["message", id] = message
    state.touch("message", id, message)
