"""The end of an attempt without a result: a retry after its backoff, or a dead letter and an escalation."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from interlock.kernel.backoff import delay_us
from interlock.kernel.command import Event
from interlock.kernel.directory import take
from interlock.kernel.escalation import ESCALATION_TOPIC, EscalationRaised
from interlock.kernel.limits import NOTE_CHARS_MAX
from interlock.kernel.task.model import (
    CANCELLING,
    CLAIMED,
    DEAD,
    DONE,
    HELD,
    SCHEDULED,
    Cause,
    Task,
)
from interlock.kernel.task.place import forget_dependent, let_holder_be, place
from interlock.kernel.task.step import drop_progress

if TYPE_CHECKING:
    from interlock.kernel.state import State


class TaskDied(Event, frozen=True, kw_only=True):
    """The task was given up. `cause` is the last link of its chain, unless an event before it says so."""

    task_id: str
    cause: Cause | None = None


def retry_due_us(state: "State", task: Task, now_us: int) -> int:
    """When the task may be tried again after one failure more, drawn from the position of that event."""
    return now_us + delay_us(
        base_ms=task.backoff_base_ms,
        cap_ms=task.backoff_cap_ms,
        failures=task.failures + 1,
        pos=state.head + 1,
    )


def is_last_attempt(task: Task) -> bool:
    """Whether one failure more exhausts the attempts."""
    return task.failures + 1 >= task.attempts_max


def die(task: Task, *, reason: str, cause: Cause | None, now_us: int) -> list[Event]:
    """The events that give a task up and tell people."""
    return [
        TaskDied(at_us=now_us, task_id=task.id, cause=cause),
        EscalationRaised(
            at_us=now_us,
            topic=ESCALATION_TOPIC,
            noun="task",
            id=task.id,
            reason=reason[:NOTE_CHARS_MAX],
            run_id=task.run_id,
            correlation_id=task.correlation_id,
        ),
    ]


def apply_attempt_ended(state: "State", task: Task, cause: Cause, *, due_us: int, pos: int) -> None:
    """Applies: one failure more; nobody holds the task, and it waits out its backoff."""
    task.changed_pos = pos
    task.failures += 1
    task.causes = (*task.causes, cause)
    task.due_us = due_us
    clear_holder(state, task)
    place(state, task, SCHEDULED, before=CLAIMED)
    state.touch("task", task.id, task)


def apply_task_died(state: "State", event: TaskDied, pos: int) -> None:
    """Applies: the task is a dead letter."""
    task = state.tasks[event.task_id]
    if event.cause is not None:
        task.causes = (*task.causes, event.cause)
    state.tally.pace.note("died", event.at_us)
    apply_ended(state, task, DEAD, at_us=event.at_us, pos=pos)


def apply_ended(state: "State", task: Task, status: str, *, at_us: int, pos: int) -> None:
    """Applies: the task leaves the open work. Those that needed it in vain are doomed."""
    before = task.status
    task.changed_pos = pos
    task.ended_us = at_us
    task.due_us = 0
    if before == CANCELLING:
        let_holder_be(state, task)
    clear_holder(state, task)
    for need in task.needs_open:
        forget_dependent(state, need, task.id)
    state.doomed.pop(task.id, None)
    place(state, task, status, before=before)
    del state.tasks[task.id]
    state.closed["task", task.id] = task
    state.touch("task", task.id, task)
    content = state.contents.pop(task.id, None)
    if content is not None:
        closed = replace(content, is_open=False)
        state.closed["content", task.id] = closed
        state.touch("content", task.id, closed)
    drop_progress(state, task.id)
    if status != DONE:
        doom_dependents(state, task)


def doom_dependents(state: "State", task: Task) -> None:
    """Applies: the blocked tasks that need this one will be ended by the next ticks."""
    for dependent in state.dependents.get(task.id, ()):
        state.doomed[dependent] = task.id
        state.alarms.set(dependent, 1)


def clear_holder(state: "State", task: Task) -> None:
    """Applies: nobody holds the task; its fence stays, so that the former holder is known to be stale."""
    if task.status in HELD:
        take(state.directory.held, task.holder_agent, task.id)
    task.holder_agent = task.holder_session = ""
    task.lease_until_us = 0
