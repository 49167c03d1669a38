"""Durable progress inside a task: memoised steps and a checkpoint, kept until the task is ended.

A step that was recorded is not run again by the next attempt. A dead task loses its steps too: a retry by a
person starts afresh.
"""

from typing import TYPE_CHECKING

import msgspec

from interlock.kernel.command import Command, Decision, Event, Reply, refuse
from interlock.kernel.limits import STEP_CHARS_MAX, STEPS_MAX, Fence, Json, Name
from interlock.kernel.payload import NULL
from interlock.kernel.task.held import find_held
from interlock.kernel.task.model import Task

if TYPE_CHECKING:
    from interlock.kernel.state import State


class Step(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The recorded result of one step of a task."""

    task_id: str
    name: str
    result_json: str
    pos: int

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        return "", "", self.pos, 1


class Checkpoint(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Where the latest attempt got to."""

    task_id: str
    checkpoint_json: str
    pos: int

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        return "", "", self.pos, 1


class RecordStep(Command, frozen=True, kw_only=True):
    """Keeps the result of a named step, so that a later attempt takes it instead of running the step again.

    The first result stays: recorded again, the reply carries it with `is_duplicate`. Refusals: stale_fence,
    not_found, limit.
    """

    verb = "record_step"
    repeatable = True
    reply = "StepResult"

    task_id: Name
    fence: Fence
    name: Name
    result: Json = NULL


class CheckpointTask(Command, frozen=True, kw_only=True):
    """Keeps a note for the next attempt; the latest one counts. Refusals: stale_fence, not_found."""

    verb = "checkpoint_task"
    repeatable = True
    reply = "CheckpointKept"

    task_id: Name
    fence: Fence
    checkpoint: Json = NULL


class StepRecorded(Event, frozen=True, kw_only=True):
    """A step of a task has a result."""

    task_id: str
    name: str
    result_json: str


class TaskCheckpointed(Event, frozen=True, kw_only=True):
    """A holder noted where it got to."""

    task_id: str
    checkpoint_json: str


class StepResult(Reply, frozen=True, kw_only=True):
    """The result that counts for a step."""

    task_id: str
    name: str
    result_json: str
    is_duplicate: bool = False


class CheckpointKept(Reply, frozen=True, kw_only=True):
    """The checkpoint is durable."""

    task_id: str


def decide_record_step(state: "State", command: RecordStep, now_us: int) -> Decision:
    """The first result of a step counts."""
    task = find_held(state, command, now_us)
    if not isinstance(task, Task):
        return task
    steps = state.steps.get(task.id, {})
    known = steps.get(command.name)
    if known is not None:
        reply = StepResult(
            task_id=task.id, name=known.name, result_json=known.result_json, is_duplicate=True
        )
        return [], reply
    if len(steps) >= STEPS_MAX:
        return refuse("limit", f"{task.id} has {STEPS_MAX} steps already: split the task")
    if sum(len(step.result_json) for step in steps.values()) + len(command.result) > STEP_CHARS_MAX:
        message = f"the steps of {task.id} hold {STEP_CHARS_MAX} characters already: put results into blobs"
        return refuse("limit", message)
    event = StepRecorded(
        at_us=now_us, task_id=task.id, name=command.name, result_json=command.result
    )
    return [event], StepResult(task_id=task.id, name=command.name, result_json=command.result)


def apply_step_recorded(state: "State", event: StepRecorded, pos: int) -> None:
    """Applies: the step has its result."""
    step = Step(task_id=event.task_id, name=event.name, result_json=event.result_json, pos=pos)
    add_step(state, step)
    state.touch("step", _step_id(step), step)


def decide_checkpoint_task(state: "State", command: CheckpointTask, now_us: int) -> Decision:
    """The latest checkpoint counts."""
    task = find_held(state, command, now_us)
    if not isinstance(task, Task):
        return task
    event = TaskCheckpointed(at_us=now_us, task_id=task.id, checkpoint_json=command.checkpoint)
    return [event], CheckpointKept(task_id=task.id)


def apply_task_checkpointed(state: "State", event: TaskCheckpointed, pos: int) -> None:
    """Applies: the checkpoint is the latest."""
    checkpoint = Checkpoint(task_id=event.task_id, checkpoint_json=event.checkpoint_json, pos=pos)
    state.checkpoints[event.task_id] = checkpoint
    state.touch("checkpoint", event.task_id, checkpoint)


def add_step(state: "State", step: Step) -> None:
    """Puts a step at hand for the next claim of its task."""
    state.steps.setdefault(step.task_id, {})[step.name] = step


def drop_progress(state: "State", task_id: str) -> None:
    """Applies: the task has ended, and its steps and checkpoint go; the log still has them."""
    for step in state.steps.pop(task_id, {}).values():
        state.touch("step", _step_id(step), None)
    if state.checkpoints.pop(task_id, None) is not None:
        state.touch("checkpoint", task_id, None)


def _step_id(step: Step) -> str:
    return f"{step.task_id}/{step.name}"
