"""The raw limit of a SQLite ledger: plain apsw statements in a loop, WAL with `synchronous=FULL`.

One lifecycle is four steps: create, claim (the next ready task, by an index), extend the lease with
progress, complete. Each step changes one task row and inserts one row into an event table. With
batch 1 each step is its own commit; with batch 100 a hundred steps share one, and a step's latency
ends only with the commit that carries it. There are no refusals, no fences to check, no chain and
no readers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import apsw
import msgspec

from bench.row import Measured, Row, installed_versions
from bench.scenario import Workload

SCHEMA = """
CREATE TABLE task (
    id INTEGER PRIMARY KEY, queue TEXT NOT NULL, priority INTEGER NOT NULL, status TEXT NOT NULL,
    holder TEXT, fence INTEGER NOT NULL, lease_until_us INTEGER, body BLOB NOT NULL
) STRICT;
CREATE INDEX task_ready ON task (queue, priority, id) WHERE status = 'ready';
CREATE TABLE event (
    pos INTEGER PRIMARY KEY, kind TEXT NOT NULL, task_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
"""

CREATE = "INSERT INTO task VALUES (?, 'work', 5, 'ready', NULL, 0, NULL, ?)"
CLAIM = """
UPDATE task SET status = 'claimed', holder = ?, fence = fence + 1, lease_until_us = ?
WHERE id = (
    SELECT id FROM task WHERE queue = 'work' AND status = 'ready' ORDER BY priority, id LIMIT 1
)
RETURNING id, fence
"""
EXTEND = "UPDATE task SET lease_until_us = ?, body = ? WHERE id = ? AND fence = ?"
COMPLETE = "UPDATE task SET status = 'done', body = ? WHERE id = ? AND fence = ?"
EVENT = "INSERT INTO event (kind, task_id, at_us, body) VALUES (?, ?, ?, ?)"

LEASE_US = 30_000_000
FULL = 2
"""The number by which SQLite answers `PRAGMA synchronous` when it is FULL."""


def opened(path: Path) -> apsw.Connection:
    """A fresh database with durable commits; raises RuntimeError if SQLite did not accept that."""
    connection = apsw.Connection(str(path))
    journal = connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "FULL")
    synchronous = connection.pragma("synchronous")
    if journal != "wal" or synchronous != FULL:
        raise RuntimeError(f"SQLite runs with {journal=} {synchronous=}, not WAL and FULL")
    connection.execute(SCHEMA)
    return connection


class Loop:
    """The four steps; each call performs one inside the transaction that is open."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.execute = connection.execute
        self.last_id = 0
        self.body = msgspec.msgpack.encode({"title": "file the invoice", "payload": {"n": 1}})

    def create(self) -> tuple[int, int]:
        self.last_id += 1
        self.execute(CREATE, (self.last_id, self.body))
        self._event("TaskCreated", self.last_id)
        return self.last_id, 0

    def claim(self) -> tuple[int, int]:
        [(task_id, fence)] = self.execute(CLAIM, ("agent", _now_us() + LEASE_US)).fetchall()
        if not isinstance(task_id, int) or not isinstance(fence, int):
            raise TypeError(f"a claim returned {task_id!r} and {fence!r}, not two integers")
        self._event("TaskClaimed", task_id)
        return task_id, fence

    def extend(self, task_id: int, fence: int) -> None:
        self.execute(EXTEND, (_now_us() + LEASE_US, self.body, task_id, fence))
        self._event("LeaseExtended", task_id)

    def complete(self, task_id: int, fence: int) -> None:
        self.execute(COMPLETE, (self.body, task_id, fence))
        self._event("TaskCompleted", task_id)

    def _event(self, kind: str, task_id: int) -> None:
        self.execute(EVENT, (kind, task_id, _now_us(), self.body))


def measure_lifecycles(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """Lifecycles per second and step latency, with `workload.batch` steps in a commit."""
    connection = opened(Path(scratch) / "raw.db")
    loop = Loop(connection)
    step_samples_s: list[float] = []
    finished = 0
    started = time.perf_counter()
    deadline = started + workload.duration_s
    while time.perf_counter() < deadline:
        for steps in _rounds(loop, workload.batch):
            step_samples_s.extend(_committed(connection, steps))
        finished += workload.batch
    elapsed_s = time.perf_counter() - started
    _check(connection, finished)
    connection.close()
    note = f"4 steps, each a task row and an event row; {workload.batch} steps a commit; one writer"
    measured = _measured(name, workload, note)
    return [
        measured.rate("lifecycles", count=finished, elapsed_s=elapsed_s),
        *measured.latencies("step", samples_s=step_samples_s),
    ]


def measure_claims(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """The time of one claim and its commit while `workload.queued` tasks are ready."""
    connection = opened(Path(scratch) / "raw.db")
    loop = Loop(connection)
    connection.execute("BEGIN IMMEDIATE")
    for _ in range(workload.queued):
        loop.create()
    connection.execute("COMMIT")
    connection.pragma("wal_checkpoint", "TRUNCATE")
    samples_s: list[float] = []
    for _ in range(workload.samples):
        samples_s.extend(_committed(connection, [loop.claim]))
        _committed(connection, [loop.create])
    connection.close()
    note = f"one claim a commit, {workload.queued:,} tasks ready under an index"
    return _measured(name, workload, note).latencies("claim", samples_s=samples_s)


def _rounds(loop: Loop, batch: int) -> Iterator[list[Callable[[], object]]]:
    """The four commits of `batch` lifecycles: all are created, then all claimed, and so on."""
    held: list[tuple[int, int]] = []
    yield [loop.create] * batch
    yield [lambda: held.append(loop.claim())] * batch
    yield [partial(loop.extend, *one) for one in held]
    yield [partial(loop.complete, *one) for one in held]


def _committed(connection: apsw.Connection, steps: list[Callable[[], object]]) -> list[float]:
    begun = [time.perf_counter()]
    connection.execute("BEGIN IMMEDIATE")
    for step in steps:
        step()
        begun.append(time.perf_counter())
    connection.execute("COMMIT")
    durable_at = time.perf_counter()
    return [durable_at - at for at in begun[:-1]]


def _check(connection: apsw.Connection, finished: int) -> None:
    """A loop that lost a step would be fast for nothing."""
    done = connection.execute("SELECT count(*) FROM task WHERE status = 'done'").get
    events = connection.execute("SELECT count(*) FROM event").get
    if (done, events) != (finished, 4 * finished):
        raise RuntimeError(f"{finished} lifecycles left {done} tasks done and {events} events")


def _measured(name: str, workload: Workload, note: str) -> Measured:
    return Measured(
        name=name,
        peer="raw apsw",
        concurrency=workload.concurrency,
        durable=True,
        note=note,
        versions={**installed_versions("apsw"), "sqlite": apsw.sqlite_lib_version()},
    )


def _now_us() -> int:
    return time.time_ns() // 1000
