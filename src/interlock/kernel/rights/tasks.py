"""Which tasks a key shows, and whose claims and creations they are."""

from typing import TYPE_CHECKING, Any

from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.redrive import RedriveDeadLetters
from interlock.kernel.rights.bearer import Bearer, as_unknown, forbidden, sees, without
from interlock.kernel.task.model import Task

if TYPE_CHECKING:
    from interlock.kernel.state import State


def tasks_named(
    state: "State", command: Any, bearer: Bearer, now_us: int
) -> Command | Reply | None:
    """A task outside of the key's queues is unknown."""
    if not bearer.queues:
        return None
    named = [id for id in (command.task_id, *getattr(command, "needs", ())) if id]
    found = [(id, find_task(state, id)) for id in named]
    if all(task is None or sees(bearer, task.queue) for _, task in found):
        return None
    seen = {id for id, task in found if task is not None and sees(bearer, task.queue)}
    open_tasks = {id: state.tasks[id] for id in seen if id in state.tasks}
    keys = [("task", id) for id in seen]
    closed = {key: state.closed[key] for key in keys if key in state.closed}
    return as_unknown(without(state, tasks=open_tasks, closed=closed), command, now_us)


def own_claim(state: "State", command: Any, bearer: Bearer, now_us: int) -> Refusal | None:
    """A fence is no secret: whoever names the latest one must be the agent that was given it."""
    del now_us
    task = find_task(state, command.task_id)
    if task is None or bearer.role != "agent" or not task.fence == command.fence > 0:
        return None
    if task.holder_agent == bearer.agent:
        return None
    return forbidden(f"{command.verb}: the claim of {task.id} is that of another agent")


def own_creation(state: "State", command: Any, bearer: Bearer, now_us: int) -> Refusal | None:
    """Agents take back what they gave, nothing else."""
    del now_us
    task = find_task(state, command.task_id)
    if task is None or bearer.role != "agent" or task.created_by == bearer.agent:
        return None
    return forbidden(f"{command.verb}: {task.id} was created by another: ask a person who steers")


def letters_named(
    state: "State", command: RedriveDeadLetters, bearer: Bearer, now_us: int
) -> Refusal | None:
    """Under a key for queues each must be a task of these queues; what else there is, is not told."""
    del now_us
    for id in command.ids if bearer.queues else ():
        task = find_task(state, id)
        if task is None or not sees(bearer, task.queue):
            message = f"{command.verb}: there is no dead letter {id} in the queues of this key"
            return Refusal(code="not_found", message=message)
    return None


def find_task(state: "State", id: str) -> Task | None:
    task = state.tasks.get(id) or state.closed.get(("task", id))
    return task if isinstance(task, Task) else None
