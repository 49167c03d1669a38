"""Tasks in lists.

What a page costs: with `holder`, the tasks that the agent holds; otherwise each open task in the wanted queues and
statuses, and each ended one in the wanted statuses, that is passed on the way to the last one listed.
"""

from collections.abc import Iterator
from heapq import merge
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from msgspec import Meta

from interlock.kernel.command import Command, Reply
from interlock.kernel.limits import (
    QUEUES_PER_CLAIM_MAX,
    TITLE_CHARS_MAX,
    Count,
    Name,
    OptionalName,
)
from interlock.kernel.page import (
    LOOKS_MAX,
    OPEN_SECTION,
    Cursor,
    Order,
    Place,
    Plan,
    Slice,
    behind,
)
from interlock.kernel.positions import Positions
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
)
from interlock.kernel.task.place import task_id

if TYPE_CHECKING:
    from interlock.kernel.state import State

OPEN_STATUSES: Final = (BLOCKED, SCHEDULED, READY, CLAIMED, CANCELLING)
ENDED_STATUSES: Final = (DONE, DEAD, CANCELLED)

TaskStatus = Literal[
    "blocked", "scheduled", "ready", "claimed", "cancelling", "done", "dead", "cancelled"
]


QueueNames = Annotated[tuple[Name, ...], Meta(max_length=QUEUES_PER_CLAIM_MAX)]


class GetTasks(Command, frozen=True, kw_only=True):
    """Lists up to `limit` tasks without claiming any: first the open ones by creation, then the ended ones by their
    end, each from the newest or the oldest.

    `status` is one or several of `blocked`, `scheduled`, `ready`, `claimed`, `cancelling`, `done`, `dead`, `cancelled`;
    `queue` is a name or a list of names; `holder` is the agent that has it now; `text` is part of the title, in any
    case. `cursor` is that of the page before: a page may be short, even empty, and still have one, when much had to
    be passed over. To take work use `claim_task`: it picks the right one, and two callers never get the same.
    Refusals: invalid (a strange cursor).
    """

    verb = "get_tasks"
    repeatable = True
    reply = "Tasks"

    status: TaskStatus | Annotated[tuple[TaskStatus, ...], Meta(max_length=8)] = ()
    queue: OptionalName | QueueNames = ""
    holder: OptionalName = ""
    created_by: OptionalName = ""
    run_id: OptionalName = ""
    correlation_id: OptionalName = ""
    category: OptionalName = ""
    text: Annotated[str, Meta(max_length=TITLE_CHARS_MAX)] = ""
    order: Order = "newest"
    limit: Count = 50
    cursor: Cursor = ""


class TaskSummary(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A task in a list, without its contents. `age_ms`, `held_ms` and `lease_left_ms` are durations at the moment of
    the reply; `error_class` and `error` are those of its last cause."""

    id: str
    title: str
    queue: str
    status: str
    priority: int
    created_us: int
    age_ms: int
    category: str = ""
    created_by: str = ""
    run_id: str = ""
    correlation_id: str = ""
    attempt: int = 0
    attempts_max: int = 0
    needs_open: tuple[str, ...] = ()
    due_us: int = 0
    deadline_us: int = 0
    holder_agent: str = ""
    holder_session: str = ""
    claimed_us: int = 0
    held_ms: int = 0
    lease_left_ms: int = 0
    ended_us: int = 0
    error_class: str = ""
    error: str = ""
    retried: int = 0


class Tasks(Reply, frozen=True, kw_only=True):
    """One page of tasks; `cursor` asks for the next one and is empty on the last. False when the page is empty."""

    items: tuple[TaskSummary, ...] = ()
    cursor: str = ""

    def __bool__(self) -> bool:
        return bool(self.items)


def names_of(queue: str | tuple[str, ...]) -> tuple[str, ...]:
    """The queues that a command names, one or several; none for all."""
    named = (queue,) if isinstance(queue, str) else queue
    return tuple(name for name in named if name)


def wanted_statuses(command: GetTasks) -> frozenset[str]:
    """The statuses that the command asks for."""
    named = (command.status,) if isinstance(command.status, str) else command.status
    return frozenset(named or (*OPEN_STATUSES, *ENDED_STATUSES))


def matches(command: GetTasks, task: Task) -> bool:
    """Whether the command asks for this task, its status aside."""
    return (
        (not command.queue or task.queue in names_of(command.queue))
        and (not command.holder or task.holder_agent == command.holder)
        and (not command.created_by or task.created_by == command.created_by)
        and (not command.run_id or task.run_id == command.run_id)
        and (not command.correlation_id or task.correlation_id == command.correlation_id)
        and (not command.category or task.category == command.category)
        and (not command.text or command.text.casefold() in task.title.casefold())
    )


def open_slice(state: "State", command: GetTasks, place: Place, wanted: int, now_us: int) -> Slice:
    """Up to `wanted` open tasks behind the place, from at most `LOOKS_MAX`."""
    statuses = wanted_statuses(command)
    found: list[TaskSummary] = []
    for looks, pos in enumerate(_open_positions(state, command, place), start=1):
        task = state.tasks[task_id(state.shard, pos)]
        if task.status in statuses and matches(command, task):
            found.append(summary_of(task, now_us))
        if len(found) == wanted or looks == LOOKS_MAX:
            return Slice(found, Place(OPEN_SECTION, pos))
    return Slice(found, None)


def ended_statuses(command: GetTasks) -> tuple[str, ...]:
    """The wanted statuses in which tasks have ended; nobody holds an ended task."""
    statuses = wanted_statuses(command)
    return () if command.holder else tuple(each for each in ENDED_STATUSES if each in statuses)


def ended_item(command: GetTasks, task: Task, now_us: int) -> TaskSummary | None:
    """What the list shows of an ended task."""
    return summary_of(task, now_us) if matches(command, task) else None


def summary_of(task: Task, now_us: int) -> TaskSummary:
    """The task as a list shows it at `now_us`."""
    is_held = bool(task.lease_until_us)
    last = task.causes[-1] if task.causes else None
    return TaskSummary(
        id=task.id,
        title=task.title,
        queue=task.queue,
        status=task.status,
        priority=task.priority,
        created_us=task.created_us,
        age_ms=max(0, now_us - task.created_us) // 1_000,
        category=task.category,
        created_by=task.created_by,
        run_id=task.run_id,
        correlation_id=task.correlation_id,
        attempt=task.attempt,
        attempts_max=task.attempts_max,
        needs_open=task.needs_open,
        due_us=task.due_us,
        deadline_us=task.deadline_us,
        holder_agent=task.holder_agent,
        holder_session=task.holder_session,
        claimed_us=task.claimed_us,
        held_ms=max(0, now_us - task.claimed_us) // 1_000 if is_held else 0,
        lease_left_ms=max(0, task.lease_until_us - now_us) // 1_000 if is_held else 0,
        ended_us=task.ended_us if task.status in ENDED else 0,
        error_class=last.error_class if last else "",
        error=last.message if last else "",
        retried=task.retried,
    )


def _open_positions(state: "State", command: GetTasks, place: Place) -> Iterator[int]:
    """The positions of the open tasks that may be wanted, in the command's order."""
    is_newest = command.order == "newest"
    if command.holder:
        held = Positions()
        for id in state.directory.held.get(command.holder, ()):
            held.add(state.tasks[id].pos)
        return behind(held, place, command.order)
    runs = [behind(each, place, command.order) for each in _standing(state, command)]
    return runs[0] if len(runs) == 1 else merge(*runs, reverse=is_newest)


def _standing(state: "State", command: GetTasks) -> list[Positions]:
    queues = names_of(command.queue) or tuple(state.directory.standing)
    statuses = [status for status in OPEN_STATUSES if status in wanted_statuses(command)]
    found = [
        state.directory.standing.get(queue, {}).get(status)
        for queue in dict.fromkeys(queues)
        for status in statuses
    ]
    return [each for each in found if each]


PLAN: Final = Plan(
    kind="task",
    open_slice=open_slice,
    ended_statuses=ended_statuses,
    ended_item=ended_item,
    reply=lambda items, cursor: Tasks(items=items, cursor=cursor),
)
"""How `get_tasks` is answered."""
