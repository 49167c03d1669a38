"""Where a task stands: in a ready queue, behind a concurrency key, under an alarm.

`place` is the one function that changes a task's status; it is part of `apply` and of loading.
"""

from typing import TYPE_CHECKING

from interlock.kernel.directory import put
from interlock.kernel.ready import ReadyQueue
from interlock.kernel.task.model import (
    BLOCKED,
    CANCELLING,
    CLAIMED,
    ENDED,
    HELD,
    READY,
    SCHEDULED,
    Task,
)
from interlock.kernel.task.queue import count_move

if TYPE_CHECKING:
    from interlock.kernel.state import State


def place(state: "State", task: Task, status: str, *, before: str) -> None:
    """Moves the task from status `before` to `status` and brings every index in line."""
    task.status = status
    count_move(state, task, before, status)
    if status == READY:
        _make_ready(state, task)
    elif task.concurrency_key and (before == READY or before in HELD) and status not in HELD:
        _let_next_through(state, task)
    set_alarm(state, task)


def first_status(task: Task, now_us: int) -> str:
    """Where a task starts, or starts again: blocked, scheduled or ready."""
    if task.needs_open:
        return BLOCKED
    return SCHEDULED if task.not_before_us > now_us else READY


def start(state: "State", task: Task, *, at_us: int, before: str) -> None:
    """Applies: the task stands where it starts."""
    status = first_status(task, at_us)
    task.due_us = task.not_before_us if status == SCHEDULED else 0
    place(state, task, status, before=before)


def restore(state: "State", task: Task) -> None:
    """Puts an open task, read from its row, into the indexes."""
    count_move(state, task, "", task.status)
    if task.status in HELD:
        put(state.directory.held, task.holder_agent, task.id)
        if task.concurrency_key:
            state.gate.occupy(task.concurrency_key, pos=task.pos, priority=task.priority)
        if task.status == CANCELLING:
            tell_holder(state, task)
    elif task.status == READY:
        _make_ready(state, task)
    for need in task.needs_open:
        state.dependents.setdefault(need, {})[task.id] = None
    set_alarm(state, task)


def tell_holder(state: "State", task: Task) -> None:
    """Applies: the holder of a cancelled task is to hear of it."""
    state.cancelling.setdefault(task.holder_agent, {})[task.id] = None


def let_holder_be(state: "State", task: Task) -> None:
    """Applies: nobody has to be told of the cancelled task any more."""
    cancelling = state.cancelling[task.holder_agent]
    del cancelling[task.id]
    if not cancelling:
        del state.cancelling[task.holder_agent]


def forget_dependent(state: "State", need: str, id: str) -> None:
    """Applies: the task does not wait for `need` any more."""
    waiting = state.dependents.get(need, {})
    waiting.pop(id, None)
    if not waiting:
        state.dependents.pop(need, None)


def set_alarm(state: "State", task: Task) -> None:
    """Sets the one alarm of a task: its retry, its lease or its deadline, whichever comes first."""
    status = task.status
    if status in ENDED:
        state.alarms.clear(task.id)
        return
    due_us = 0
    if status in HELD:
        due_us = task.lease_until_us
    elif status == SCHEDULED:
        due_us = task.due_us
    elif status == BLOCKED and task.id in state.doomed:
        due_us = 1
    if (
        task.deadline_us
        and (not due_us or task.deadline_us < due_us)
        and status in _CUT_BY_DEADLINE
    ):
        due_us = task.deadline_us
    if due_us:
        state.alarms.set(task.id, due_us)
    else:
        state.alarms.clear(task.id)


_CUT_BY_DEADLINE = frozenset({BLOCKED, SCHEDULED, READY, CLAIMED})


def task_id(shard: str, pos: int) -> str:
    """The id of the task that was created at a position."""
    return f"task-{shard}-{pos}"


def is_claimable(state: "State", pos: int) -> bool:
    """Whether the task created at a position is ready and let through by its concurrency key."""
    task = state.tasks.get(task_id(state.shard, pos))
    return (
        task is not None
        and task.status == READY
        and (not task.concurrency_key or state.gate.holds(task.concurrency_key, pos))
    )


def _is_ready(state: "State", pos: int) -> bool:
    task = state.tasks.get(task_id(state.shard, pos))
    return task is not None and task.status == READY


def _make_ready(state: "State", task: Task) -> None:
    key = task.concurrency_key
    if (
        not key
        or state.gate.holds(key, task.pos)
        or state.gate.enter(
            key,
            pos=task.pos,
            priority=task.priority,
            is_claimable=lambda pos: is_claimable(state, pos),
        )
    ):
        _enqueue(state, task)


def _let_next_through(state: "State", task: Task) -> None:
    following = state.gate.leave(task.concurrency_key, task.pos, lambda pos: _is_ready(state, pos))
    if following is not None:
        _enqueue(state, state.tasks[task_id(state.shard, following)])


def _enqueue(state: "State", task: Task) -> None:
    queue = state.ready.get(task.queue)
    if queue is None:
        queue = state.ready[task.queue] = ReadyQueue()
    queue.add(
        task.pos,
        priority=task.priority,
        fairness_key=task.fairness_key,
        capabilities=task.capabilities,
    )
    state.woken.add("queue:" + task.queue)
