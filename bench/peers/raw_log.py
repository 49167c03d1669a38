"""The raw limits of a log and of state rows in SQLite: apsw and msgpack alone.

Append is one row for each event, `batch` events a commit, WAL with `synchronous=FULL`. Replay reads
and decodes them all in order, but applies nothing. Load reads and decodes one state row for each
open task into a dictionary, in a process that has done nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import apsw
import msgspec

from bench.harness.fresh_process import in_fresh_process
from bench.memory import resident_bytes
from bench.peers.raw_apsw import opened
from bench.row import Measured, Row, installed_versions
from bench.scenario import Workload

INSERT_EVENT = "INSERT INTO event (pos, kind, task_id, at_us, body) VALUES (?, ?, ?, ?, ?)"
INSERT_TASK = "INSERT INTO task VALUES (?, 'work', 5, 'ready', NULL, 0, NULL, ?)"


class LoggedEvent(msgspec.Struct, frozen=True, gc=False):
    """About what an event of a task carries."""

    kind: str
    task_id: str
    at_us: int
    agent: str
    fence: int


class OpenTask(msgspec.Struct, frozen=True, gc=False):
    """About what an open task holds in memory."""

    task_id: str
    title: str
    instructions: str
    queue: str
    priority: int
    payload: bytes


def measure_append_replay(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """Events appended per second, `workload.batch` a commit, then events replayed per second."""
    connection = opened(Path(scratch) / "log.db")
    appended = 0
    started = time.perf_counter()
    while time.perf_counter() - started < workload.duration_s:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(INSERT_EVENT, _event_rows(appended + 1, workload.batch))
        connection.execute("COMMIT")
        appended += workload.batch
    append_s = time.perf_counter() - started

    decoder = msgspec.msgpack.Decoder(LoggedEvent)
    started = time.perf_counter()
    replayed = 0
    for _, body in connection.execute("SELECT pos, body FROM event ORDER BY pos"):
        decoder.decode(_bytes(body))
        replayed += 1
    replay_s = time.perf_counter() - started
    connection.close()
    if replayed != appended:
        raise RuntimeError(f"{appended} events were appended and {replayed} read back")
    measured = _measured(name, workload, f"one row an event, {workload.batch} events a commit")
    return [
        measured.rate("events appended", count=appended, elapsed_s=append_s),
        measured.rate("events replayed", count=replayed, elapsed_s=replay_s),
    ]


def measure_load(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """Seconds and bytes for each task to load `workload.queued` open tasks."""
    path = Path(scratch) / "tasks.db"
    in_fresh_process(fill_tasks, path, count=workload.queued)
    load_s, grown_bytes = in_fresh_process(time_load, path, expected=workload.queued)
    note = f"{workload.queued:,} rows decoded into a dictionary, no indexes over them"
    measured = _measured(name, workload, note)
    return [
        measured.row("restart", value=load_s, unit="s"),
        measured.row("memory per open task", value=grown_bytes / workload.queued, unit="B"),
    ]


def fill_tasks(path: Path, *, count: int) -> None:
    connection = opened(path)
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(INSERT_TASK, _task_rows(count))
    connection.execute("COMMIT")
    connection.close()


def time_load(path: Path, *, expected: int) -> tuple[float, int]:
    """Seconds to load, and by how many bytes that made this process grow."""
    resident_before = resident_bytes()
    started = time.perf_counter()
    tasks = _loaded(path)
    load_s = time.perf_counter() - started
    grown_bytes = resident_bytes() - resident_before
    if len(tasks) != expected:
        raise RuntimeError(f"{expected} tasks were stored and {len(tasks)} loaded")
    return load_s, grown_bytes


def _loaded(path: Path) -> dict[str, OpenTask]:
    connection = apsw.Connection(str(path))
    decoder = msgspec.msgpack.Decoder(OpenTask)
    tasks: dict[str, OpenTask] = {}
    for (body,) in connection.execute("SELECT body FROM task ORDER BY id"):
        task = decoder.decode(_bytes(body))
        tasks[task.task_id] = task
    connection.close()
    return tasks


def _event_rows(first_pos: int, count: int) -> Iterator[tuple[int, str, int, int, bytes]]:
    at_us = time.time_ns() // 1000
    for pos in range(first_pos, first_pos + count):
        event = LoggedEvent("TaskClaimed", f"task-{pos}", at_us, "agent-1", 1)
        yield pos, event.kind, pos, at_us, msgspec.msgpack.encode(event)


def _task_rows(count: int) -> Iterator[tuple[int, bytes]]:
    for number in range(1, count + 1):
        task = OpenTask(
            f"task-{number}", f"task {number}", "file the invoice", "work", 5, b'{"n":1}'
        )
        yield number, msgspec.msgpack.encode(task)


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError(f"a body came back as {type(value).__name__}, not bytes")
    return value


def _measured(name: str, workload: Workload, note: str) -> Measured:
    return Measured(
        name=name,
        peer="raw apsw",
        concurrency=workload.concurrency,
        durable=True,
        note=note,
        versions={
            **installed_versions("apsw", "msgspec"),
            "sqlite": apsw.sqlite_lib_version(),
        },
    )
