"""Mail is for those who sent or were sent it, and for people who watch."""

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from interlock.kernel.command import Command, Reply
from interlock.kernel.mail.model import delivery_id, read_receipt
from interlock.kernel.mail.receive import GetMessage
from interlock.kernel.mail.send import SendMessage, find_message
from interlock.kernel.rights.bearer import Bearer, as_unknown, without

if TYPE_CHECKING:
    from interlock.kernel.state import State


def own_message(
    state: "State", command: GetMessage, bearer: Bearer, now_us: int
) -> Command | Reply | None:
    """An agent reads what it sent or was sent."""
    if bearer.role != "agent" or _is_own_message(state, command.message_id, bearer.agent):
        return None
    return as_unknown(without(state, messages={}, closed={}), command, now_us)


def own_thread(state: "State", command: SendMessage, bearer: Bearer, now_us: int) -> Command | None:
    """A reply to what the sender never saw stands in a thread of that name, whether there is such a message or not."""
    del now_us
    if bearer.role != "agent" or not command.reply_to or command.thread_id:
        return None
    if _is_own_message(state, command.reply_to, bearer.agent):
        return None
    return replace(command, thread_id=command.reply_to)


def own_receipt(
    state: "State", command: Any, bearer: Bearer, now_us: int
) -> Command | Reply | None:
    """A receipt is no secret: it names its recipient."""
    recipient = read_receipt(command.receipt)[0].partition("/")[2]
    if bearer.role == "admin" or recipient == bearer.agent:
        return None
    return as_unknown(without(state, deliveries={}, closed={}), command, now_us)


def _is_own_message(state: "State", id: str, agent: str) -> bool:
    message = find_message(state, id)
    if message is None:
        return False
    delivery = delivery_id(id, agent)
    return (
        agent in (message.source, message.target)
        or delivery in state.deliveries
        or ("delivery", delivery) in state.closed
    )


def message_named(command: Command) -> str:
    if isinstance(command, GetMessage):
        return command.message_id
    return command.reply_to if isinstance(command, SendMessage) else ""
