"""Creating tasks, and freeing those whose needs are met."""

from typing import TYPE_CHECKING, Annotated, Final, Literal

from msgspec import Meta
from msgspec.structs import replace

from interlock.kernel.backoff import Backoff
from interlock.kernel.command import Command, Decision, Event, Reply, refuse
from interlock.kernel.idempotency import KeyRecord, digest_of, find_key, key_name, remember_key
from interlock.kernel.limits import (
    ATTEMPTS_MAX,
    DEPENDENTS_MAX,
    NEEDS_MAX,
    Capabilities,
    DelaySeconds,
    Fence,
    Json,
    LeaseSeconds,
    Moment,
    Name,
    OptionalName,
    Priority,
    Text,
    Title,
    TraceParent,
)
from interlock.kernel.payload import NULL
from interlock.kernel.task.held import find_held
from interlock.kernel.task.model import BLOCKED, DONE, ENDED, READY, SCHEDULED, Task, TaskContent
from interlock.kernel.task.place import first_status, forget_dependent, place, start, task_id
from interlock.kernel.task.queue import Queue, open_count
from interlock.kernel.time import from_now_us

if TYPE_CHECKING:
    from interlock.kernel.state import State

PRIORITIES: Final[dict[str, int]] = {"low": 2, "normal": 4, "high": 6, "urgent": 8}


class CreateTask(Command, frozen=True, kw_only=True):
    """Puts a task into a queue and returns its id.

    `priority` is low, normal, high, urgent or 0 to 9 (higher goes first). `capabilities` are what a claimer
    must offer. `needs` are ids of tasks that must be done first. `not_before` and `deadline` are points in
    time with a time zone, or seconds from now; a task that passes its deadline becomes a dead letter with
    cause TIMEOUT. `lease_s` is how long a claim holds without a heartbeat. `backoff` spaces the retries;
    after `attempts_max` failed attempts the task becomes a dead letter and an escalation is raised.
    `fairness_key` shares the queue between tenants; of one `concurrency_key` only one task runs at a time.
    The same `idempotency_key` from the same agent gives the first task again. `task_id` and `fence` prove the
    claim under which it is created. `traceparent` is handed to whoever claims it, so that the work belongs to the
    trace in which it was asked for; without one it is that of `task_id`.

    Refusals: idempotency_conflict, queue_full, not_found or wrong_status for `needs`, stale_fence, limit,
    disk_full.
    """

    verb = "create_task"
    reply = "TaskRef"
    grows = True

    title: Title
    instructions: Text = ""
    queue: Name = "default"
    payload: Json = NULL
    priority: Priority | Literal["low", "normal", "high", "urgent"] = 4
    capabilities: Capabilities = ()
    category: OptionalName = ""
    run_id: OptionalName = ""
    needs: Annotated[tuple[Name, ...], Meta(max_length=NEEDS_MAX)] = ()
    not_before: Moment | DelaySeconds | None = None
    lease_s: LeaseSeconds = 60.0
    attempts_max: Annotated[int, Meta(ge=1, le=ATTEMPTS_MAX)] = 5
    backoff: Backoff = Backoff()
    deadline: Moment | DelaySeconds | None = None
    fairness_key: OptionalName = ""
    concurrency_key: OptionalName = ""
    idempotency_key: OptionalName = ""
    correlation_id: OptionalName = ""
    task_id: OptionalName = ""
    fence: Fence = 0
    traceparent: TraceParent = ""


class TaskCreated(Event, frozen=True, kw_only=True):
    """A task exists. `task` is its state at birth, whose id names this position."""

    task: Task
    instructions: str = ""
    payload_json: str = ""
    digest: str = ""


class TaskUnblocked(Event, frozen=True, kw_only=True):
    """A need of the task was met by the completion of `need`."""

    task_id: str
    need: str


class TaskBecameDue(Event, frozen=True, kw_only=True):
    """The time of a scheduled task has come."""

    task_id: str


class TaskRef(Reply, frozen=True, kw_only=True):
    """A task's id and status. `is_duplicate` says that an earlier command had already done this."""

    task_id: str
    status: str
    is_duplicate: bool = False


def decide_create_task(state: "State", command: CreateTask, now_us: int) -> Decision:
    """Refuses a full queue, needs that can never be met, and a key that came before with another body."""
    return create_task_at(state, command, now_us, pos=state.head + 1)


def create_task_at(state: "State", command: CreateTask, now_us: int, *, pos: int) -> Decision:
    """The same for a task whose `TaskCreated` will stand at `pos`, behind events decided with it."""
    digest = ""
    if command.idempotency_key:
        digest = digest_of(replace(command, fence=0))
        name = key_name("task", sender=command.agent, key=command.idempotency_key)
        known = find_key(state, name, digest)
        if isinstance(known, KeyRecord):
            return [], TaskRef(
                task_id=known.ref, status=_status_of(state, known.ref), is_duplicate=True
            )
        if known is not None:
            return known
    if command.task_id:
        held = find_held(state, command, now_us)
        if not isinstance(held, Task):
            return held
        command = replace(command, traceparent=command.traceparent or held.traceparent)
    queue = state.queues.get(command.queue) or Queue(name=command.queue)
    if open_count(state, command.queue) >= queue.depth_max:
        return refuse(
            "queue_full",
            f"queue {command.queue} holds {queue.depth_max} open tasks: wait, or raise its depth_max",
            queue=command.queue,
            depth_max=queue.depth_max,
        )
    needs_open = _open_needs(state, command.needs)
    if not isinstance(needs_open, list):
        return needs_open
    task = _new_task(state.shard, command, pos=pos, now_us=now_us, needs_open=tuple(needs_open))
    event = TaskCreated(
        at_us=now_us,
        task=task,
        instructions=command.instructions,
        payload_json="" if command.payload == NULL else command.payload,
        digest=digest,
    )
    return [event], TaskRef(task_id=task.id, status=task.status)


def apply_task_created(state: "State", event: TaskCreated, pos: int) -> None:
    """Applies: the task stands in its queue, or waits for its needs or its time."""
    task = event.task
    task.changed_pos = pos
    state.tasks[task.id] = task
    state.tally.pace.note("created", event.at_us)
    if event.instructions or event.payload_json:
        content = TaskContent(
            pos=pos, instructions=event.instructions, payload_json=event.payload_json
        )
        state.contents[task.id] = content
        state.touch("content", task.id, content)
    for need in task.needs_open:
        state.dependents.setdefault(need, {})[task.id] = None
    if task.idempotency_key:
        name = key_name("task", sender=task.created_by, key=task.idempotency_key)
        remember_key(state, name, digest=event.digest, ref=task.id, at_us=event.at_us, pos=pos)
    start(state, task, at_us=event.at_us, before="")
    state.touch("task", task.id, task)


def unblock_dependents(state: "State", need: str, now_us: int) -> list[Event]:
    """The events that free the tasks which waited for `need`."""
    return [
        TaskUnblocked(at_us=now_us, task_id=dependent, need=need)
        for dependent in state.dependents.get(need, ())
    ]


def apply_task_unblocked(state: "State", event: TaskUnblocked, pos: int) -> None:
    """Applies: one need less; the last one makes the task ready or scheduled."""
    task = state.tasks[event.task_id]
    task.needs_open = tuple(need for need in task.needs_open if need != event.need)
    task.changed_pos = pos
    forget_dependent(state, event.need, task.id)
    if not task.needs_open:
        start(state, task, at_us=event.at_us, before=BLOCKED)
    state.touch("task", task.id, task)


def apply_task_became_due(state: "State", event: TaskBecameDue, pos: int) -> None:
    """Applies: the task is ready."""
    task = state.tasks[event.task_id]
    task.changed_pos = pos
    task.due_us = 0
    place(state, task, READY, before=SCHEDULED)
    state.touch("task", task.id, task)


def _status_of(state: "State", id: str) -> str:
    task = state.tasks.get(id) or state.closed.get(("task", id))
    return task.status if isinstance(task, Task) else DONE


def _open_needs(state: "State", needs: tuple[str, ...]) -> list[str] | Decision:
    """The needs that are still open, or why one of them cannot be met."""
    still_open = []
    for need in dict.fromkeys(needs):
        task = state.tasks.get(need) or state.closed.get(("task", need))
        if not isinstance(task, Task):
            return refuse("not_found", f"needs: there is no task {need}", task_id=need)
        if task.status in ENDED and task.status != DONE:
            return refuse("wrong_status", f"needs: the task {need} is {task.status}", task_id=need)
        if task.status == DONE:
            continue
        if len(state.dependents.get(need, ())) >= DEPENDENTS_MAX:
            return refuse(
                "limit",
                f"needs: {DEPENDENTS_MAX} tasks already wait for {need}: put a gathering task between",
                task_id=need,
            )
        still_open.append(need)
    return still_open


def _new_task(
    shard: str, command: CreateTask, *, pos: int, now_us: int, needs_open: tuple[str, ...]
) -> Task:
    priority = command.priority
    task = Task(
        id=task_id(shard, pos),
        pos=pos,
        created_us=now_us,
        title=command.title,
        queue=command.queue,
        status=READY,
        priority=PRIORITIES[priority] if isinstance(priority, str) else priority,
        lease_ms=int(command.lease_s * 1_000),
        attempts_max=command.attempts_max,
        backoff_base_ms=int(command.backoff.base_s * 1_000),
        backoff_cap_ms=int(command.backoff.cap_s * 1_000),
        capabilities=tuple(sorted(set(command.capabilities))) if command.capabilities else (),
        category=command.category,
        run_id=command.run_id,
        needs=command.needs,
        needs_open=needs_open,
        not_before_us=from_now_us(command.not_before, now_us),
        deadline_us=from_now_us(command.deadline, now_us),
        fairness_key=command.fairness_key,
        concurrency_key=command.concurrency_key,
        idempotency_key=command.idempotency_key,
        correlation_id=command.correlation_id,
        created_by=command.agent,
        created_under=command.task_id,
        traceparent=command.traceparent,
    )
    task.status = first_status(task, now_us)
    return task
