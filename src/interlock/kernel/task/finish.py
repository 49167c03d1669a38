"""The holder ends its attempt: complete, fail or release."""

from typing import TYPE_CHECKING, Literal

from interlock.kernel.command import Command, Decision, Event, refuse
from interlock.kernel.limits import Fence, Json, Name, Note
from interlock.kernel.payload import NULL
from interlock.kernel.task.attempt import (
    apply_attempt_ended,
    apply_ended,
    clear_holder,
    die,
    is_last_attempt,
    retry_due_us,
)
from interlock.kernel.task.cancel import TaskCancelled
from interlock.kernel.task.create import TaskRef, unblock_dependents
from interlock.kernel.task.held import find_held
from interlock.kernel.task.model import (
    CANCELLED,
    CANCELLING,
    CLAIMED,
    DEAD,
    DONE,
    READY,
    RETRIED_CLASSES,
    SCHEDULED,
    Cause,
    Task,
)
from interlock.kernel.task.place import place

if TYPE_CHECKING:
    from interlock.kernel.state import State

ErrorClass = Literal["TRANSIENT", "PERMANENT", "DEPENDENCY", "POLICY", "TIMEOUT"]


class CompleteTask(Command, frozen=True, kw_only=True):
    """Ends a task with its result. Sent again with the same fence and result it gives the same answer.

    Refusals: stale_fence (the lease has passed on), not_found, idempotency_conflict (same fence, other result).
    """

    verb = "complete_task"
    repeatable = True
    reply = "TaskRef"

    task_id: Name
    fence: Fence
    result: Json = NULL


class FailTask(Command, frozen=True, kw_only=True):
    """Ends an attempt without a result.

    TRANSIENT, DEPENDENCY and TIMEOUT are tried again after a backoff while attempts are left; PERMANENT and
    POLICY make a dead letter at once. The reply's status is `scheduled`, `dead`, or `cancelled` for a task
    that was cancelled meanwhile. Refusals: stale_fence, not_found.
    """

    verb = "fail_task"
    reply = "TaskRef"

    task_id: Name
    fence: Fence
    error_class: ErrorClass = "TRANSIENT"
    error: Note = ""


class ReleaseTask(Command, frozen=True, kw_only=True):
    """Gives a task back unharmed: it is ready again at its old place, and no attempt is counted as failed.

    Refusals: stale_fence, not_found.
    """

    verb = "release_task"
    reply = "TaskRef"

    task_id: Name
    fence: Fence
    reason: Note = ""


class TaskCompleted(Event, frozen=True, kw_only=True):
    """A task is done."""

    task_id: str
    fence: int
    result_json: str = ""


class TaskAttemptFailed(Event, frozen=True, kw_only=True):
    """A holder gave up its attempt; the task may be claimed again at `due_us`."""

    task_id: str
    fence: int
    error_class: str
    error: str = ""
    due_us: int


class TaskReleased(Event, frozen=True, kw_only=True):
    """A holder gave the task back unharmed."""

    task_id: str
    fence: int
    reason: str = ""


def decide_complete_task(state: "State", command: CompleteTask, now_us: int) -> Decision:
    """Accepts the holder's result, even when its lease is over, as long as nobody else was let in."""
    result_json = "" if command.result == NULL else command.result
    closed = state.closed.get(("task", command.task_id))
    if isinstance(closed, Task) and closed.status == DONE and closed.fence == command.fence:
        if closed.result_json == result_json:
            return [], TaskRef(task_id=closed.id, status=DONE, is_duplicate=True)
        return refuse(
            "idempotency_conflict", f"{closed.id} was completed with another result by this fence"
        )
    task = find_held(state, command, now_us)
    if not isinstance(task, Task):
        return task
    done = TaskCompleted(at_us=now_us, task_id=task.id, fence=task.fence, result_json=result_json)
    return [done, *unblock_dependents(state, task.id, now_us)], TaskRef(
        task_id=task.id, status=DONE
    )


def apply_task_completed(state: "State", event: TaskCompleted, pos: int) -> None:
    """Applies: the task is done and leaves the open work."""
    task = state.tasks[event.task_id]
    task.result_json = event.result_json
    state.tally.pace.note("completed", event.at_us)
    apply_ended(state, task, DONE, at_us=event.at_us, pos=pos)


def decide_fail_task(state: "State", command: FailTask, now_us: int) -> Decision:
    """A retry, a dead letter, or the end of a cancelled task."""
    task = find_held(state, command, now_us)
    if not isinstance(task, Task):
        return task
    if task.status == CANCELLING:
        return _end_cancelled(task, now_us)
    failed = TaskAttemptFailed(
        at_us=now_us,
        task_id=task.id,
        fence=task.fence,
        error_class=command.error_class,
        error=command.error,
        due_us=retry_due_us(state, task, now_us),
    )
    if command.error_class in RETRIED_CLASSES and not is_last_attempt(task):
        return [failed], TaskRef(task_id=task.id, status=SCHEDULED)
    reason = f"{command.error_class} on attempt {task.attempt}: {command.error}"
    deaths = die(task, reason=reason, cause=None, now_us=now_us)
    return [failed, *deaths], TaskRef(task_id=task.id, status=DEAD)


def apply_task_attempt_failed(state: "State", event: TaskAttemptFailed, pos: int) -> None:
    """Applies: nobody holds the task; one failure more."""
    task = state.tasks[event.task_id]
    cause = Cause(
        pos=pos,
        error_class=event.error_class,
        message=event.error,
        attempt=task.attempt,
        agent=task.holder_agent,
    )
    state.tally.pace.note("failed", event.at_us)
    apply_attempt_ended(state, task, cause, due_us=event.due_us, pos=pos)


def decide_release_task(state: "State", command: ReleaseTask, now_us: int) -> Decision:
    """Back to its place, or the end of a cancelled task."""
    task = find_held(state, command, now_us)
    if not isinstance(task, Task):
        return task
    if task.status == CANCELLING:
        return _end_cancelled(task, now_us)
    event = TaskReleased(at_us=now_us, task_id=task.id, fence=task.fence, reason=command.reason)
    return [event], TaskRef(task_id=task.id, status=READY)


def apply_task_released(state: "State", event: TaskReleased, pos: int) -> None:
    """Applies: the task is ready again."""
    task = state.tasks[event.task_id]
    task.changed_pos = pos
    clear_holder(state, task)
    place(state, task, READY, before=CLAIMED)
    state.touch("task", task.id, task)


def _end_cancelled(task: Task, now_us: int) -> Decision:
    event = TaskCancelled(at_us=now_us, task_id=task.id, reason=task.cancel_reason)
    return [event], TaskRef(task_id=task.id, status=CANCELLED)
