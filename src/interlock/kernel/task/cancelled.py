"""What a holder asks so that it learns at once, and not with its next heartbeat, which claims were cancelled."""

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta

from interlock.kernel.command import Command, Decision, Reply
from interlock.kernel.limits import (
    BATCH_MAX,
    QUEUES_PER_CLAIM_MAX,
    Name,
    OptionalName,
    Position,
    WaitSeconds,
)

if TYPE_CHECKING:
    from interlock.kernel.state import State

CHANNEL: Final = "cancelled:"
"""The channel of `State.woken`, in front of the agent's name."""


class GetCancellations(Command, frozen=True, kw_only=True):
    """Returns the claims of `agent` whose tasks were cancelled, so that work on them can stop at once.

    With `session` or `queues`, only those of that session, or in these queues. Give the `position` of the last
    answer as `after`, and each comes once. With `wait_s` it waits that long at the most for the first one.

    Returns `Cancellations`, which is false when there are none.
    """

    verb = "get_cancellations"
    repeatable = True
    reply = "Cancellations"

    session: OptionalName = ""
    queues: Annotated[tuple[Name, ...], Meta(max_length=QUEUES_PER_CLAIM_MAX)] = ()
    after: Position = 0
    wait_s: WaitSeconds = 0.0


class CancelledClaim(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A claim whose result is no longer wanted."""

    task_id: str
    fence: int
    reason: str = ""


class Cancellations(Reply, frozen=True, kw_only=True):
    """Cancelled claims in the order in which they were cancelled. False when there are none."""

    position: int
    items: tuple[CancelledClaim, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.items)


def decide_get_cancellations(state: "State", command: GetCancellations, now_us: int) -> Decision:
    """Answers from memory."""
    del now_us
    held = (state.tasks[id] for id in state.cancelling.get(command.agent, ()))
    found = [
        task
        for task in held
        if task.changed_pos > command.after
        and (not command.session or task.holder_session == command.session)
        and (not command.queues or task.queue in command.queues)
    ]
    found.sort(key=lambda task: task.changed_pos)
    del found[BATCH_MAX:]
    items = tuple(
        CancelledClaim(task_id=task.id, fence=task.fence, reason=task.cancel_reason)
        for task in found
    )
    position = found[-1].changed_pos if found else command.after
    return [], Cancellations(position=position, items=items)
