"""Long polls: where a command that found nothing waits, and which commands would find the same."""

from collections.abc import Callable, Hashable
from typing import Any, Final

from interlock.kernel.command import Command, Reply
from interlock.kernel.task.claim import ClaimTask

Place = tuple[tuple[str, ...], Hashable]
"""The channels that may bring something, and a signature that equal searches share."""


def _claim_place(command: ClaimTask) -> Place:
    queues = (command.queue,) if isinstance(command.queue, str) else command.queue
    return tuple("queue:" + queue for queue in queues), (queues, command.capabilities)


WAITS: Final[dict[type[Command], Callable[[Any], Place]]] = {
    ClaimTask: _claim_place,
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
