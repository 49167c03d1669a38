"""Long polls: where a command that found nothing waits, and which commands would find the same."""

from collections.abc import Callable, Hashable
from typing import Any, Final, NamedTuple

from interlock.kernel.command import Command, Reply
from interlock.kernel.mail.receive import GetMessages, wanted_of
from interlock.kernel.task.cancelled import CHANNEL, GetCancellations
from interlock.kernel.task.claim import ClaimTask
from interlock.kernel.topic.receive import GetEvents


class Place(NamedTuple):
    """Where a command waits."""

    channels: tuple[str, ...]
    """Whatever may bring something, as `State.woken` names it."""
    signature: Hashable
    """Equal for commands that would find the same."""
    is_choosy: bool = False
    """Whether it takes one thing only, and so goes before those that take anything."""


def _claim_place(command: ClaimTask) -> Place:
    queues = (command.queue,) if isinstance(command.queue, str) else command.queue
    # A queue that is named twice is one place to wait at.
    channels = tuple("queue:" + queue for queue in dict.fromkeys(queues))
    return Place(channels, (queues, command.capabilities))


def _mail_place(command: GetMessages) -> Place:
    wanted = wanted_of(command)
    channels = ("mail:" + command.agent,)
    return Place(channels, wanted, is_choosy=bool(wanted.reply_to or wanted.thread_id))


def _topic_place(command: GetEvents) -> Place:
    return Place(("topic:" + command.topic,), (command.topic, command.group))


def _cancellation_place(command: GetCancellations) -> Place:
    return Place((CHANNEL + command.agent,), (command.session, command.queues, command.after))


WAITS: Final[dict[type[Command], Callable[[Any], Place]]] = {
    ClaimTask: _claim_place,
    GetMessages: _mail_place,
    GetEvents: _topic_place,
    GetCancellations: _cancellation_place,
}
"""The commands that take `wait_s`. Their answer is false when it holds nothing."""


def wait_s(command: Command, reply: Reply) -> float:
    """How long the command wants to wait, in seconds: 0 when it found something."""
    if reply or type(command) not in WAITS:
        return 0.0
    seconds: float = getattr(command, "wait_s", 0.0)
    return seconds


def place_of(command: Command) -> Place:
    """Where this command waits."""
    return WAITS[type(command)](command)
