"""Claiming: the next task, or the one that is named. One caller wins; its fence is the claim's position."""

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta
from msgspec.structs import replace

from interlock.kernel.agent import refuse_agent
from interlock.kernel.command import Command, Decision, Event, Reply, refuse
from interlock.kernel.directory import put
from interlock.kernel.limits import (
    QUEUES_PER_CLAIM_MAX,
    Capabilities,
    LeaseSeconds,
    Name,
    OptionalName,
    WaitSeconds,
)
from interlock.kernel.payload import decode_json
from interlock.kernel.task.model import CLAIMED, HELD, READY, Task
from interlock.kernel.task.place import is_claimable, place, task_id

if TYPE_CHECKING:
    from typing import Any

    from interlock.kernel.state import State


class ClaimTask(Command, frozen=True, kw_only=True):
    """Takes a task under a lease: the next one of `queue` (a name or a list of names), or `task_id`.

    The next one is that of the highest priority, then of the fairness key that is furthest behind, then the
    oldest, among the tasks whose required capabilities are all offered. With `wait_s` it waits that long at
    the most for work. `lease_s` overrides the task's own lease. The reply carries the fence that each later
    write must name.

    Returns `NothingReady`, which is false, when there is no work. Refusals: already_claimed (a named task that
    another holds), not_claimable, not_found, missing_capabilities, concurrency_busy, paused, session_closed.
    """

    verb = "claim_task"
    reply = "Claim | NothingReady"

    task_id: OptionalName = ""
    queue: (
        Name | Annotated[tuple[Name, ...], Meta(min_length=1, max_length=QUEUES_PER_CLAIM_MAX)]
    ) = "default"
    capabilities: Capabilities = ()
    session: OptionalName = ""
    lease_s: LeaseSeconds | None = None
    wait_s: WaitSeconds = 0.0


class TaskClaimed(Event, frozen=True, kw_only=True):
    """A claim won. Its position is the fence."""

    task_id: str
    agent: str = ""
    session: str = ""
    lease_until_us: int
    lease_ms: int


class Claim(Reply, frozen=True, kw_only=True):
    """A task in the hands of its claimer: what to do, and the fence that proves the claim.

    `lease_ms` is a duration from the moment of the reply; heartbeats extend it.
    """

    task_id: str
    fence: int
    attempt: int
    lease_ms: int
    title: str
    queue: str
    instructions: str = ""
    payload_json: str = ""
    priority: int = 4
    category: str = ""
    run_id: str = ""
    correlation_id: str = ""
    needs: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    attempts_max: int = 1
    steps: dict[str, str] = {}
    checkpoint_json: str = ""
    traceparent: str = ""

    @property
    def payload(self) -> "Any":
        """The payload that the task was created with."""
        return decode_json(self.payload_json)

    @property
    def checkpoint(self) -> "Any":
        """The last checkpoint that an earlier attempt left, or None."""
        return decode_json(self.checkpoint_json)


class NothingReady(Reply, frozen=True, kw_only=True):
    """There is no task for this claim. It is false, so that `if claim:` reads well."""

    reason: str = "empty"

    def __bool__(self) -> bool:
        return False


def decide_claim_task(state: "State", command: ClaimTask, now_us: int) -> Decision:
    """One winner: the task that comes next, or the named one if nobody holds it."""
    refusal = refuse_agent(state, agent=command.agent, session=command.session)
    if refusal is not None:
        return refusal
    if command.task_id:
        return _claim_named(state, command, now_us)
    queues = (command.queue,) if isinstance(command.queue, str) else command.queue
    for name in queues:
        task = _next_task(state, name, command)
        if task is not None:
            return _won(state, task, command, now_us)
    return [], NothingReady(reason="paused" if _all_paused(state, queues) else "empty")


def apply_task_claimed(state: "State", event: TaskClaimed, pos: int) -> None:
    """Applies: the task is held; `pos` is its fence."""
    task = state.tasks[event.task_id]
    task.fence = task.changed_pos = pos
    task.attempt += 1
    task.holder_agent = event.agent
    task.holder_session = event.session
    put(state.directory.held, event.agent, task.id)
    task.lease_ms = event.lease_ms
    task.lease_until_us = event.lease_until_us
    task.claimed_us = event.at_us
    if task.concurrency_key:
        state.gate.occupy(task.concurrency_key, pos=task.pos, priority=task.priority)
    place(state, task, CLAIMED, before=READY)
    ready = state.ready.get(task.queue)
    if ready is not None:
        ready.charge(task.fairness_key)
    state.touch("task", task.id, task)


def abridge(reply: Reply) -> Reply:
    """A claim without its bulk, as it is remembered for its request id."""
    if not isinstance(reply, Claim):
        return reply
    return replace(reply, instructions="", payload_json="", steps={}, checkpoint_json="")


def complete(state: "State", reply: Reply) -> Reply:
    """A remembered claim with the bulk that its task has now."""
    if not isinstance(reply, Claim):
        return reply
    return replace(reply, **_bulk(state, reply.task_id))


def _next_task(state: "State", name: str, command: ClaimTask) -> Task | None:
    ready = state.ready.get(name)
    if ready is None:
        return None
    queue = state.queues.get(name)
    if queue is not None and queue.is_paused:
        return None
    pos = ready.take(command.capabilities, lambda pos: is_claimable(state, pos))
    return None if pos is None else state.tasks[task_id(state.shard, pos)]


def _claim_named(state: "State", command: ClaimTask, now_us: int) -> Decision:
    task = state.tasks.get(command.task_id) or state.closed.get(("task", command.task_id))
    if not isinstance(task, Task):
        return refuse("not_found", f"there is no task {command.task_id}", task_id=command.task_id)
    if task.status in HELD:
        return refuse(
            "already_claimed",
            f"{task.id} is held by {task.holder_agent or 'a claimer without a name'}: take another one",
            task_id=task.id,
            agent=task.holder_agent,
            session=task.holder_session,
            fence=task.fence,
        )
    if task.status != READY:
        return refuse(
            "not_claimable", f"{task.id} is {task.status}", task_id=task.id, status=task.status
        )
    missing = [name for name in task.capabilities if name not in command.capabilities]
    if missing:
        return refuse(
            "missing_capabilities",
            f"{task.id} requires {', '.join(missing)}: offer them with the claim",
            missing=missing,
        )
    key = task.concurrency_key
    if key and not state.gate.is_free_for(key, task.pos, lambda pos: is_claimable(state, pos)):
        return refuse(
            "concurrency_busy", f"another task with the concurrency key {key} is running", key=key
        )
    return _won(state, task, command, now_us)


def _won(state: "State", task: Task, command: ClaimTask, now_us: int) -> Decision:
    lease_ms = task.lease_ms if command.lease_s is None else int(command.lease_s * 1_000)
    event = TaskClaimed(
        at_us=now_us,
        task_id=task.id,
        agent=command.agent,
        session=command.session,
        lease_until_us=now_us + lease_ms * 1_000,
        lease_ms=lease_ms,
    )
    return [event], Claim(
        task_id=task.id,
        fence=state.head + 1,
        attempt=task.attempt + 1,
        lease_ms=lease_ms,
        title=task.title,
        queue=task.queue,
        priority=task.priority,
        category=task.category,
        run_id=task.run_id,
        correlation_id=task.correlation_id,
        needs=task.needs,
        capabilities=task.capabilities,
        attempts_max=task.attempts_max,
        traceparent=task.traceparent,
        **_bulk(state, task.id),
    )


def _bulk(state: "State", id: str) -> "dict[str, Any]":
    """What a claim carries besides the facts of its row; mostly little."""
    bulk: dict[str, Any] = {}
    content = state.contents.get(id)
    if content is not None:
        bulk["instructions"] = content.instructions
        bulk["payload_json"] = content.payload_json
    steps = state.steps.get(id)
    if steps:
        bulk["steps"] = {name: step.result_json for name, step in steps.items()}
    checkpoint = state.checkpoints.get(id)
    if checkpoint is not None:
        bulk["checkpoint_json"] = checkpoint.checkpoint_json
    return bulk


def _all_paused(state: "State", queues: tuple[str, ...]) -> bool:
    found = [state.queues.get(name) for name in queues]
    return all(queue is not None and queue.is_paused for queue in found)
