"""Queues in lists: depth, statuses and waiting time, from kept counters and orders."""

from typing import TYPE_CHECKING

import msgspec

from interlock.kernel.command import Command, Decision, Reply
from interlock.kernel.limits import QUEUE_DEPTH_MAX, Count
from interlock.kernel.page import Cursor, page_of
from interlock.kernel.task.listing import QueueNames
from interlock.kernel.task.model import READY
from interlock.kernel.task.place import task_id
from interlock.kernel.task.queue import Queue, open_count

if TYPE_CHECKING:
    from interlock.kernel.state import State


class GetQueues(Command, frozen=True, kw_only=True):
    """Lists up to `limit` queues by name: those that hold open tasks, and those that were configured.

    `queue` names the only ones wanted. `cursor` is that of the page before.
    """

    verb = "get_queues"
    repeatable = True
    reply = "Queues"

    queue: QueueNames = ()
    limit: Count = 50
    cursor: Cursor = ""


class QueueSummary(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A queue in a list. `depth` are its open tasks, `counts` the same by status; `oldest_ready_ms` is the age of the
    oldest task that waits for a claim, counted from its creation, at the moment of the reply."""

    queue: str
    depth: int
    counts: dict[str, int] = {}
    oldest_ready_id: str = ""
    oldest_ready_ms: int = 0
    is_paused: bool = False
    depth_max: int = QUEUE_DEPTH_MAX


class Queues(Reply, frozen=True, kw_only=True):
    """One page of queues; `cursor` asks for the next one and is empty on the last. False when the page is empty."""

    items: tuple[QueueSummary, ...] = ()
    cursor: str = ""

    def __bool__(self) -> bool:
        return bool(self.items)


def decide_get_queues(state: "State", command: GetQueues, now_us: int) -> Decision:
    """From memory, by name; it looks at each queue once and at no task but the oldest."""
    named = set(command.queue)
    names = [name for name in queue_names(state) if not named or name in named]
    page, cursor = page_of(names, name=str, cursor=command.cursor, limit=command.limit)
    return [], Queues(
        items=tuple(queue_summary(state, name, now_us) for name in page), cursor=cursor
    )


def queue_names(state: "State") -> list[str]:
    """The queues that hold open tasks or were configured, in no order."""
    busy = [name for name in state.counts if open_count(state, name)]
    return [*state.queues, *(name for name in busy if name not in state.queues)]


def queue_summary(state: "State", name: str, now_us: int) -> QueueSummary:
    """A queue as it is at `now_us`."""
    queue = state.queues.get(name) or Queue(name=name)
    ready = state.directory.standing.get(name, {}).get(READY)
    oldest = state.tasks[task_id(state.shard, ready.first())] if ready else None
    return QueueSummary(
        queue=name,
        depth=open_count(state, name),
        counts={status: count for status, count in state.counts.get(name, {}).items() if count},
        oldest_ready_id=oldest.id if oldest else "",
        oldest_ready_ms=max(0, now_us - oldest.created_us) // 1_000 if oldest else 0,
        is_paused=queue.is_paused,
        depth_max=queue.depth_max,
    )
