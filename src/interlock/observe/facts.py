"""Figures of a fleet, counted from its log."""

from array import array
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from interlock.kernel.apply import decode_event
from interlock.kernel.command import Event
from interlock.kernel.task.attempt import TaskDied
from interlock.kernel.task.cancel import TaskCancelled, TaskRetried
from interlock.kernel.task.claim import TaskClaimed
from interlock.kernel.task.create import TaskCreated
from interlock.kernel.task.finish import TaskAttemptFailed, TaskCompleted
from interlock.kernel.task.lease import LeaseExpired
from interlock.observe.fault import wrong
from interlock.observe.history import read_batches
from interlock.store.contract import Store


class Latency(msgspec.Struct, frozen=True):
    """How long the completed tasks took from their last claim to their result, in milliseconds."""

    count: int
    p50_ms: float
    p95_ms: float


class LedgerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a fleet did.

    `retries` are claims of tasks whose attempt before had failed or lost its lease. `duplicates` are results
    for tasks that had one: always 0. `losses` are tasks without an end: 0 once a fleet has finished.
    """

    head: int
    first_us: int
    last_us: int
    events: dict[str, int]
    tasks: int
    completed: int
    cancelled: int
    dead: int
    claims: int
    retries: int
    leases_reclaimed: int
    stale_writes_refused: int
    duplicates: int
    losses: int
    agents: dict[str, Latency]
    queues: dict[str, Latency]


async def read_facts(store: Store, *, after: int = 0, shard: str = "0") -> LedgerFacts:
    """Counts the events behind `after`. Raises `LedgerWrong` for a log that cannot be followed."""
    counter = FactCounter(after=after)
    async for records in read_batches(store, after=after, shard=shard):
        for record in records:
            try:
                event = decode_event(record.body)
            except (msgspec.MsgspecError, UnicodeError) as error:
                raise wrong(record.pos, "undecodable", str(error)) from error
            counter.add(record.pos, event)
    return counter.facts()


class _Open(msgspec.Struct):
    """What is remembered of a task that has not been completed or cancelled."""

    queue: str
    agent: str = ""
    claimed_us: int = 0
    has_failed: bool = False
    is_dead: bool = False


class FactCounter:
    """Counts event by event, for those who follow a log as it grows. Tasks created up to `after` have their ends
    counted, but not their latencies."""

    def __init__(self, *, after: int = 0) -> None:
        self._after = after
        self._head = after
        self._first_us = 0
        self._last_us = 0
        self._events: Counter[str] = Counter()
        self._open: dict[str, _Open] = {}
        self._retries = 0
        self._duplicates = 0
        self._by_agent: dict[str, array[int]] = {}
        self._by_queue: dict[str, array[int]] = {}
        self._counts: dict[type[Event], Callable[[Any], None]] = {
            TaskCreated: self._created,
            TaskClaimed: self._claimed,
            TaskAttemptFailed: self._failed,
            LeaseExpired: self._failed,
            TaskCompleted: self._completed,
            TaskCancelled: self._cancelled,
            TaskDied: self._died,
            TaskRetried: self._retried,
        }

    def add(self, pos: int, event: Event) -> None:
        """Counts one event."""
        self._head = pos
        self._first_us = self._first_us or event.at_us
        self._last_us = event.at_us
        kind = type(event)
        self._events[kind.__name__] += 1
        count = self._counts.get(kind)
        if count is not None:
            count(event)

    def facts(self) -> LedgerFacts:
        """The figures so far."""
        events = self._events
        dead = sum(task.is_dead for task in self._open.values())
        return LedgerFacts(
            head=self._head,
            first_us=self._first_us,
            last_us=self._last_us,
            events=dict(sorted(events.items())),
            tasks=events["TaskCreated"],
            completed=events["TaskCompleted"] - self._duplicates,
            cancelled=events["TaskCancelled"],
            dead=dead,
            claims=events["TaskClaimed"],
            retries=self._retries,
            leases_reclaimed=events["LeaseExpired"],
            stale_writes_refused=events["StaleWriteRefused"],
            duplicates=self._duplicates,
            losses=len(self._open) - dead,
            agents={name: _latency(found) for name, found in sorted(self._by_agent.items())},
            queues={name: _latency(found) for name, found in sorted(self._by_queue.items())},
        )

    def _created(self, event: TaskCreated) -> None:
        self._open[event.task.id] = _Open(queue=event.task.queue)

    def _claimed(self, event: TaskClaimed) -> None:
        task = self._open.get(event.task_id)
        if task is not None:
            self._retries += task.has_failed
            task.has_failed = False
            task.agent, task.claimed_us = event.agent, event.at_us

    def _failed(self, event: TaskAttemptFailed | LeaseExpired) -> None:
        task = self._open.get(event.task_id)
        if task is not None:
            task.has_failed = True

    def _completed(self, event: TaskCompleted) -> None:
        task = self._open.pop(event.task_id, None)
        if task is None:
            self._duplicates += _position_of(event.task_id) > self._after
            return
        taken_us = event.at_us - task.claimed_us
        self._by_agent.setdefault(task.agent, array("q")).append(taken_us)
        self._by_queue.setdefault(task.queue, array("q")).append(taken_us)

    def _cancelled(self, event: TaskCancelled) -> None:
        self._open.pop(event.task_id, None)

    def _died(self, event: TaskDied) -> None:
        task = self._open.get(event.task_id)
        if task is not None:
            task.is_dead = True

    def _retried(self, event: TaskRetried) -> None:
        task = self._open.get(event.task_id)
        if task is not None:
            task.is_dead = task.has_failed = False


def _position_of(task_id: str) -> int:
    """The position that created the task: its id ends with it."""
    return int(task_id.rpartition("-")[2])


def _latency(taken_us: "array[int]") -> Latency:
    ordered = sorted(taken_us)
    return Latency(
        count=len(ordered),
        p50_ms=_percentile(ordered, 50) / 1_000,
        p95_ms=_percentile(ordered, 95) / 1_000,
    )


def _percentile(ordered: list[int], percent: int) -> int:
    """The nearest rank: the least value that so many percent do not exceed."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
