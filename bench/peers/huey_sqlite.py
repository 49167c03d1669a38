"""huey on SQLite: its own consumer with threads as workers, in the process that also enqueues.

One lifecycle is enqueue (a commit), dequeue (a commit that deletes the task), run a function that
does nothing, store its result (a commit). There is no lease, no fence, no progress and no event
trail: a task whose worker dies is lost. All threads of a process share one connection under a lock,
and an idle worker asks the table again every 100 ms and slower, which the start latency shows.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

from huey import SqliteHuey
from huey.consumer import Consumer
from huey.signals import SIGNAL_COMPLETE

from bench.idle_gap import idle_gaps_s
from bench.row import Measured, Row, installed_versions
from bench.scenario import Workload

WORKERS = 4
"""Worker threads. More gain nothing: they wait for one lock around one connection."""

DRAIN_S_MAX = 30.0


class Fleet:
    """A huey and its consumer; tasks call `on_start` with their number, then `on_finish`."""

    def __init__(self, path: Path, *, workers: int) -> None:
        self.huey = SqliteHuey("bench", filename=str(path), fsync=True, journal_mode="wal")
        synchronous = self.huey.storage.conn.execute("PRAGMA synchronous").fetchone()[0]
        if synchronous != 2:
            raise RuntimeError(f"huey's connection runs with {synchronous=}, not FULL")
        self.on_start: Callable[[int], None] = lambda _: None
        self.on_finish: Callable[[], None] = lambda: None
        self.noop = self.huey.task()(self._run)
        self.huey.signal(SIGNAL_COMPLETE)(lambda *_: self.on_finish())
        self.consumer: Consumer = self.huey.create_consumer(
            workers=workers, worker_type="thread", periodic=False, check_worker_health=False
        )

    def start(self) -> None:
        self.consumer.start()

    def stop(self) -> None:
        self.consumer.stop(graceful=True)

    def _run(self, number: int) -> int:
        self.on_start(number)
        return number


def measure_lifecycles(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """Enqueue-to-done throughput with `workload.concurrency` tasks kept outstanding."""
    fleet = Fleet(Path(scratch) / "huey.db", workers=WORKERS)
    outstanding = threading.Semaphore(workload.concurrency)
    finished = 0
    count_lock = threading.Lock()

    def on_finish() -> None:
        nonlocal finished
        with count_lock:
            finished += 1
        outstanding.release()

    fleet.on_finish = on_finish
    fleet.start()
    started = time.perf_counter()
    enqueued = 0
    while time.perf_counter() - started < workload.duration_s:
        outstanding.acquire()
        fleet.noop(enqueued)
        enqueued += 1
    for _ in range(workload.concurrency):
        if not outstanding.acquire(timeout=DRAIN_S_MAX):
            raise RuntimeError(f"huey did not finish {enqueued - finished} of {enqueued} tasks")
    elapsed_s = time.perf_counter() - started
    fleet.stop()
    note = f"enqueue, dequeue, run, store result: 3 commits; {WORKERS} worker threads; at most once"
    measured = _measured(name, workload, note)
    return [measured.rate("lifecycles", count=finished, elapsed_s=elapsed_s)]


def measure_start_latency(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """From the enqueueing call to the task's first line, one at a time, with one idle worker."""
    fleet = Fleet(Path(scratch) / "huey.db", workers=1)
    run_at: list[float] = []
    has_run = threading.Event()

    def on_start(number: int) -> None:
        run_at.append(time.perf_counter())
        has_run.set()

    fleet.on_start = on_start
    fleet.start()
    samples_s: list[float] = []
    for number, gap_s in enumerate(idle_gaps_s(workload.samples)):
        time.sleep(gap_s)
        has_run.clear()
        called_at = time.perf_counter()
        fleet.noop(number)
        if not has_run.wait(DRAIN_S_MAX):
            raise RuntimeError(f"huey did not start task {number} within {DRAIN_S_MAX} s")
        samples_s.append(run_at[-1] - called_at)
    fleet.stop()
    note = "one idle worker thread, which polls the table from every 100 ms on, slower each time"
    measured = _measured(name, workload, note)
    return measured.latencies("enqueue to start", samples_s=samples_s)


def _measured(name: str, workload: Workload, note: str) -> Measured:
    return Measured(
        name=name,
        peer="huey on SQLite",
        concurrency=workload.concurrency,
        durable=True,
        note=note,
        versions={**installed_versions("huey"), "sqlite": sqlite3.sqlite_version},
    )
