"""What a task's alarm means when it rings."""

from typing import TYPE_CHECKING

from interlock.kernel.command import Event
from interlock.kernel.task.attempt import TaskDied, die
from interlock.kernel.task.cancel import TaskCancelled
from interlock.kernel.task.create import TaskBecameDue
from interlock.kernel.task.lease import expire_lease
from interlock.kernel.task.model import CANCELLING, CLAIMED, SCHEDULED, Cause

if TYPE_CHECKING:
    from interlock.kernel.state import State


def decide_task_alarm(state: "State", id: str, now_us: int) -> list[Event]:
    """The events that are due for this task now; none if its alarm rang for nothing."""
    task = state.tasks.get(id)
    if task is None:
        return []
    if id in state.doomed:
        message = f"it needs {state.doomed[id]}, which ended undone"
        cause = Cause(pos=state.head + 1, error_class="DEPENDENCY", message=message)
        return [TaskDied(at_us=now_us, task_id=id, cause=cause)]
    if task.deadline_us and task.deadline_us <= now_us and task.status != CANCELLING:
        cause = Cause(
            pos=state.head + 1,
            error_class="TIMEOUT",
            message=f"its deadline passed while it was {task.status}",
            attempt=task.attempt,
            agent=task.holder_agent,
        )
        return die(task, reason=cause.message, cause=cause, now_us=now_us)
    if task.status == SCHEDULED and task.due_us <= now_us:
        return [TaskBecameDue(at_us=now_us, task_id=id)]
    if task.status == CANCELLING and task.lease_until_us <= now_us:
        return [TaskCancelled(at_us=now_us, task_id=id, reason=task.cancel_reason)]
    if task.status == CLAIMED and task.lease_until_us <= now_us:
        return expire_lease(state, task, now_us)
    return []
