"""Interlock's measurements: each runs a loop of `bench/harness` over `bench/interlock_plane`.

One lifecycle is create, claim, extend with progress, complete: four calls, each awaited, each
acknowledged after the fsync of the commit that carries it, each with its own event.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from bench import interlock_plane
from bench.harness.claim_depth import claim_latencies_s
from bench.harness.client_processes import lifecycles_from_clients
from bench.harness.fresh_process import in_fresh_process
from bench.harness.lifecycles import STEPS, LoopResult, lifecycles
from bench.harness.relay import Relay
from bench.harness.start_latency import start_latencies_s
from bench.memory import resident_bytes
from bench.row import Measured, Row
from bench.scenario import Workload


async def measure_embedded(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """Lifecycles of `concurrency` agents in the process that owns the ledger."""
    async with interlock_plane.embedded(_ledger(scratch)) as plane:
        result = await lifecycles(
            plane, agents=workload.concurrency, duration_s=workload.duration_s
        )
    return _lifecycle_rows(_measured(name, workload, "embedded, one process"), result)


async def measure_socket(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """Lifecycles of `concurrency` agents, spread over `client_processes`, through the socket."""
    address = str(Path(scratch) / "hub.sock")
    async with interlock_plane.served(_ledger(scratch), address=address):
        result = await lifecycles_from_clients(
            connect="bench.interlock_plane:connected",
            address=address,
            processes=workload.client_processes,
            agents=workload.concurrency,
            duration_s=workload.duration_s,
        )
    note = f"{workload.client_processes} client processes through the Unix socket"
    return _lifecycle_rows(_measured(name, workload, note), result)


async def measure_start_latency(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """From the call of create to the return of the claim that an idle worker waits in."""
    async with interlock_plane.embedded(_ledger(scratch)) as plane:
        samples_s = await start_latencies_s(plane, samples=workload.samples)
    measured = _measured(name, workload, "one idle worker in a long poll; create is durable first")
    return measured.latencies("enqueue to start", samples_s=samples_s)


async def measure_relay(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """`concurrency` pairs, each sender with at most `batch` messages under way."""
    pairs = workload.concurrency
    async with interlock_plane.embedded_mailboxes(_ledger(scratch), pairs=pairs) as mailboxes:
        relay = Relay(mailboxes, pairs=pairs, window=workload.batch)
        result = await relay.run(duration_s=workload.duration_s)
    note = f"send, receive, acknowledge; at most {workload.batch} under way for each sender"
    measured = _measured(name, workload, note)
    return [
        measured.rate("messages", count=result.finished, elapsed_s=result.elapsed_s),
        *measured.latencies("round trip", samples_s=result.round_trips_s),
    ]


async def measure_claims(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """The time of one claim while `queued` tasks are ready."""
    async with interlock_plane.embedded(_ledger(scratch)) as plane:
        samples_s = await claim_latencies_s(plane, queued=workload.queued, samples=workload.samples)
    note = f"one claim at a time, {workload.queued:,} tasks ready"
    return _measured(name, workload, note).latencies("claim", samples_s=samples_s)


async def measure_append_replay(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """Events appended per second with `batch` calls in flight, then events folded per second."""
    path = _ledger(scratch)
    started = time.perf_counter()
    appended = await interlock_plane.append(
        path, duration_s=workload.duration_s, at_once=workload.batch
    )
    append_s = time.perf_counter() - started
    started = time.perf_counter()
    replayed = interlock_plane.replay(path)
    replay_s = time.perf_counter() - started
    measured = _measured(name, workload, f"{workload.batch} publishers; replay folds the state")
    return [
        measured.rate("events appended", count=appended, elapsed_s=append_s),
        measured.rate("events replayed", count=replayed, elapsed_s=replay_s),
    ]


def measure_restart(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """Seconds until a ledger with `queued` open tasks is open, and its memory for each of them."""
    path = _ledger(scratch)
    in_fresh_process(fill, path, count=workload.queued)
    open_s, grown_bytes = in_fresh_process(time_open, path, expected=workload.queued)
    measured = _measured(name, workload, f"{workload.queued:,} open tasks")
    return [
        measured.row("restart", value=open_s, unit="s"),
        measured.row("memory per open task", value=grown_bytes / workload.queued, unit="B"),
    ]


def fill(path: str, *, count: int) -> None:
    asyncio.run(interlock_plane.fill_open_tasks(path, count=count))


def time_open(path: str, *, expected: int) -> tuple[float, int]:
    """Seconds to open the ledger, and by how many bytes that made this process grow."""
    resident_before = resident_bytes()
    started = time.perf_counter()
    loaded = asyncio.run(interlock_plane.count_open_tasks(path))
    open_s = time.perf_counter() - started
    grown_bytes = resident_bytes() - resident_before
    if loaded != expected:
        raise RuntimeError(f"{expected} open tasks were left and {loaded} loaded")
    return open_s, grown_bytes


def _lifecycle_rows(measured: Measured, result: LoopResult) -> list[Row]:
    steps = [sample for step in STEPS for sample in result.samples_s[step]]
    return [
        measured.rate("lifecycles", count=result.finished, elapsed_s=result.elapsed_s),
        *measured.latencies("step", samples_s=steps),
    ]


def _ledger(scratch: str) -> str:
    return str(Path(scratch) / "ledger.db")


def _measured(name: str, workload: Workload, note: str) -> Measured:
    return Measured(
        name=name,
        peer="Interlock",
        concurrency=workload.concurrency,
        durable=True,
        note=note,
        versions=interlock_plane.versions(),
    )
