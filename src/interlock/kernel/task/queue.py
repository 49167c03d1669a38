"""Queues: their configuration, and counters that are kept, never counted."""

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from interlock.kernel.command import Command, Decision, Event, Reply
from interlock.kernel.limits import QUEUE_DEPTH_MAX, Name, OptionalName
from interlock.kernel.positions import Positions
from interlock.kernel.ready import ReadyQueue
from interlock.kernel.task.model import ENDED, Task

if TYPE_CHECKING:
    from interlock.kernel.state import State

_KEYS_MAX = 1_000
"""Fairness keys that may have a weight of their own in one queue."""

Weight = Annotated[int, Meta(ge=1, le=1_000)]


class Queue(msgspec.Struct, gc=False, omit_defaults=True, kw_only=True):
    """A queue's configuration (its state row) and, in memory only, its open tasks by status."""

    name: str
    pos: int = 0
    is_paused: bool = False
    depth_max: int = QUEUE_DEPTH_MAX
    weights: dict[str, int] = {}

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        return self.name, "paused" if self.is_paused else "open", self.pos, 1


class ConfigureQueue(Command, frozen=True, kw_only=True):
    """Sets a queue's limits. Fields left out keep their value.

    A paused queue accepts tasks and hands none out. `weights` gives fairness keys a share other than 1; a key
    of weight 3 gets three tasks for each one of a key of weight 1 while both have work.
    """

    verb = "configure_queue"
    repeatable = True
    reply = "QueueState"

    queue: Name
    is_paused: bool | None = None
    depth_max: Annotated[int, Meta(ge=1, le=QUEUE_DEPTH_MAX)] | None = None
    weights: Annotated[dict[OptionalName, Weight], Meta(max_length=_KEYS_MAX)] | None = None


class QueueConfigured(Event, frozen=True, kw_only=True):
    """A queue's configuration changed."""

    queue: str
    is_paused: bool = False
    depth_max: int = QUEUE_DEPTH_MAX
    weights: dict[str, int] = {}


class QueueState(Reply, frozen=True, kw_only=True):
    """A queue's configuration and its open tasks by status."""

    queue: str
    is_paused: bool = False
    depth_max: int = QUEUE_DEPTH_MAX
    weights: dict[str, int] = {}
    counts: dict[str, int] = {}


class GetQueue(Command, frozen=True, kw_only=True):
    """Returns a queue's configuration and its open tasks by status. An unused queue is empty, not an error."""

    verb = "get_queue"
    repeatable = True
    reply = "QueueState"

    queue: Name


def decide_configure_queue(state: "State", command: ConfigureQueue, now_us: int) -> Decision:
    """Merges the given fields over the present ones."""
    before = state.queues.get(command.queue) or Queue(name=command.queue)
    event = QueueConfigured(
        at_us=now_us,
        queue=command.queue,
        is_paused=before.is_paused if command.is_paused is None else command.is_paused,
        depth_max=before.depth_max if command.depth_max is None else command.depth_max,
        weights=before.weights if command.weights is None else command.weights,
    )
    reply = QueueState(
        queue=event.queue,
        is_paused=event.is_paused,
        depth_max=event.depth_max,
        weights=event.weights,
        counts=dict(state.counts.get(event.queue, {})),
    )
    return [event], reply


def apply_queue_configured(state: "State", event: QueueConfigured, pos: int) -> None:
    """Applies: the configuration holds from here on; a resumed queue wakes its waiters."""
    queue = Queue(
        name=event.queue,
        pos=pos,
        is_paused=event.is_paused,
        depth_max=event.depth_max,
        weights=event.weights,
    )
    add_queue(state, queue)
    state.touch("queue", event.queue, queue)
    if not event.is_paused:
        state.woken.add("queue:" + event.queue)


def decide_get_queue(state: "State", command: GetQueue, now_us: int) -> Decision:
    """Answers from the counters."""
    del now_us
    queue = state.queues.get(command.queue) or Queue(name=command.queue)
    reply = QueueState(
        queue=queue.name,
        is_paused=queue.is_paused,
        depth_max=queue.depth_max,
        weights=queue.weights,
        counts=dict(state.counts.get(queue.name, {})),
    )
    return [], reply


def add_queue(state: "State", queue: Queue) -> None:
    """Puts a queue's configuration in force."""
    state.queues[queue.name] = queue
    state.ready.setdefault(queue.name, ReadyQueue()).weights = queue.weights


def open_count(state: "State", queue: str) -> int:
    """How many tasks of the queue are open."""
    counts = state.counts.get(queue)
    return sum(counts.values()) if counts else 0


def count_move(state: "State", task: Task, before: str, after: str) -> None:
    """Applies a move to the queue's counters and order; an ended task leaves them."""
    counts = state.counts.get(task.queue)
    if counts is None:
        counts = state.counts[task.queue] = {}
        state.directory.standing[task.queue] = {}
    standing = state.directory.standing[task.queue]
    if before in ENDED:
        state.tally.end(before, by=-1)
    elif before:
        counts[before] -= 1
        standing[before].remove(task.pos)
    if after in ENDED:
        state.tally.end(after)
        return
    counts[after] = counts.get(after, 0) + 1
    there = standing.get(after)
    if there is None:
        there = standing[after] = Positions()
    there.add(task.pos)
