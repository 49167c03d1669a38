"""People and orchestrators end a task, or bring a dead one back."""

from typing import TYPE_CHECKING

from interlock.kernel.command import Command, Decision, Event, refuse
from interlock.kernel.limits import Name, Note
from interlock.kernel.task.attempt import apply_ended
from interlock.kernel.task.cancelled import CHANNEL
from interlock.kernel.task.create import TaskRef
from interlock.kernel.task.model import (
    BLOCKED,
    CANCELLED,
    CANCELLING,
    CLAIMED,
    DEAD,
    DONE,
    ENDED,
    READY,
    SCHEDULED,
    Task,
    TaskContent,
)
from interlock.kernel.task.place import place, set_alarm, start, tell_holder

if TYPE_CHECKING:
    from interlock.kernel.state import State


class CancelTask(Command, frozen=True, kw_only=True):
    """Takes a task back. A claimed one is `cancelling` until its holder, who learns it from
    `get_cancellations` at once or else with its next heartbeat, ends it or its lease runs out; a result that
    comes before that still counts.

    Cancelled again, it gives the same answer. Refusals: not_found, wrong_status (already done or dead).
    """

    verb = "cancel_task"
    repeatable = True
    reply = "TaskRef"

    task_id: Name
    reason: Note = ""


class RetryTask(Command, frozen=True, kw_only=True):
    """Brings a dead task back with fresh attempts; its causes stay on record.

    Refusals: not_found, wrong_status (it is not dead), or its needs ended undone meanwhile.
    """

    verb = "retry_task"
    reply = "TaskRef"

    task_id: Name


class TaskCancelRequested(Event, frozen=True, kw_only=True):
    """A claimed task has to end."""

    task_id: str
    reason: str = ""


class TaskCancelled(Event, frozen=True, kw_only=True):
    """A task ended without a result because somebody took it back."""

    task_id: str
    reason: str = ""


class TaskRetried(Event, frozen=True, kw_only=True):
    """A dead task starts afresh."""

    task_id: str
    agent: str = ""
    needs_open: tuple[str, ...] = ()


def decide_cancel_task(state: "State", command: CancelTask, now_us: int) -> Decision:
    """At once, unless somebody holds it."""
    task = state.tasks.get(command.task_id) or state.closed.get(("task", command.task_id))
    if not isinstance(task, Task):
        return refuse("not_found", f"there is no task {command.task_id}", task_id=command.task_id)
    if task.status in (CANCELLED, CANCELLING):
        return [], TaskRef(task_id=task.id, status=task.status, is_duplicate=True)
    if task.status in ENDED:
        return refuse(
            "wrong_status", f"{task.id} is {task.status}: nothing to cancel", status=task.status
        )
    if task.status == CLAIMED:
        requested = TaskCancelRequested(at_us=now_us, task_id=task.id, reason=command.reason)
        return [requested], TaskRef(task_id=task.id, status=CANCELLING)
    cancelled = TaskCancelled(at_us=now_us, task_id=task.id, reason=command.reason)
    return [cancelled], TaskRef(task_id=task.id, status=CANCELLED)


def apply_task_cancel_requested(state: "State", event: TaskCancelRequested, pos: int) -> None:
    """Applies: the holder's lease is its last, and whoever watches over its claims is woken."""
    task = state.tasks[event.task_id]
    task.changed_pos = pos
    task.cancel_reason = event.reason
    place(state, task, CANCELLING, before=CLAIMED)
    tell_holder(state, task)
    state.woken.add(CHANNEL + task.holder_agent)
    state.touch("task", task.id, task)


def apply_task_cancelled(state: "State", event: TaskCancelled, pos: int) -> None:
    """Applies: the task has ended without a result."""
    task = state.tasks[event.task_id]
    task.cancel_reason = event.reason
    apply_ended(state, task, CANCELLED, at_us=event.at_us, pos=pos)


def decide_retry_task(state: "State", command: RetryTask, now_us: int) -> Decision:
    """Only a dead task can be tried again, and only if what it needs is open or done."""
    task = state.closed.get(("task", command.task_id)) or state.tasks.get(command.task_id)
    if not isinstance(task, Task):
        return refuse("not_found", f"there is no task {command.task_id}", task_id=command.task_id)
    if task.status != DEAD:
        return refuse(
            "wrong_status",
            f"{task.id} is {task.status}: only a dead task is retried",
            status=task.status,
        )
    needs_open: list[str] = []
    for need in task.needs_open:
        ended = state.closed.get(("task", need))
        if need in state.tasks:
            needs_open.append(need)
        elif not isinstance(ended, Task) or ended.status != DONE:
            message = f"{task.id} needs {need}, which ended undone: retry that first"
            return refuse("wrong_status", message, need=need)
    event = TaskRetried(
        at_us=now_us, task_id=task.id, agent=command.agent, needs_open=tuple(needs_open)
    )
    status = BLOCKED if needs_open else SCHEDULED if task.not_before_us > now_us else READY
    return [event], TaskRef(task_id=task.id, status=status)


def apply_task_retried(state: "State", event: TaskRetried, pos: int) -> None:
    """Applies: the task is open again, and those that still wait for it have hope again, unless
    another need of theirs ended undone."""
    task = state.closed.pop(("task", event.task_id))
    assert isinstance(task, Task)
    task.changed_pos = pos
    task.ended_us = task.failures = task.deadline_us = 0
    task.retried += 1
    task.needs_open = event.needs_open
    state.tasks[task.id] = task
    content = state.closed.pop(("content", task.id), None)
    if isinstance(content, TaskContent):
        reopened = TaskContent(
            pos=content.pos, instructions=content.instructions, payload_json=content.payload_json
        )
        state.contents[task.id] = reopened
        state.touch("content", task.id, reopened)
    for need in task.needs_open:
        state.dependents.setdefault(need, {})[task.id] = None
    for dependent in state.dependents.get(task.id, ()):
        waiting = state.tasks[dependent]
        vain = next((need for need in waiting.needs_open if need not in state.tasks), None)
        if vain is None:
            state.doomed.pop(dependent, None)
        else:
            state.doomed[dependent] = vain
        set_alarm(state, waiting)
    start(state, task, at_us=event.at_us, before=DEAD)
    state.touch("task", task.id, task)
