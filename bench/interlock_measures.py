"""Interlock's measurements: each runs a loop of `bench/harness` over `bench/interlock_plane`.

One lifecycle is create, claim, extend with progress, complete: four calls, each awaited, each
acknowledged after the fsync of the commit that carries it, each with its own event.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from bench import interlock_plane
from bench.harness.claim_depth import claim_latencies_s
from bench.harness.client_processes import lifecycles_from_clients
from bench.harness.fresh_process import in_fresh_process
from bench.harness.lifecycles import STEPS, LoopResult, lifecycles
from bench.harness.relay import Relay
from bench.harness.start_latency import start_latencies_s
from bench.interlock_plane import waits_for_fsync
from bench.row import Measured, Row
from bench.scenario import Workload


async def measure_embedded(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """Lifecycles of `concurrency` agents in the process that owns the ledger."""
    path = _ledger(scratch)
    async with interlock_plane.embedded(path) as plane:
        measured = _measured(
            name, workload, waits_for_fsync(path), "embedded: agents and hub in one process"
        )
        result = await lifecycles(
            plane, agents=workload.concurrency, duration_s=workload.duration_s
        )
    return _lifecycle_rows(measured, result)


async def measure_socket(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """Lifecycles of `concurrency` agents, spread over `client_processes`, through the socket."""
    path = _ledger(scratch)
    note = f"agents in {workload.client_processes} client processes, hub in another, Unix socket"
    async with interlock_plane.served(path) as address:
        measured = _measured(name, workload, waits_for_fsync(path), note)
        result = await lifecycles_from_clients(
            connect="bench.interlock_plane:connected",
            address=address,
            processes=workload.client_processes,
            agents=workload.concurrency,
            duration_s=workload.duration_s,
        )
    return _lifecycle_rows(measured, result)


async def measure_start_latency(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """From the call of create to the return of the claim that an idle worker waits in."""
    path = _ledger(scratch)
    note = "one idle worker in a long poll; its claim is durable when it starts"
    async with interlock_plane.embedded(path) as plane:
        measured = _measured(name, workload, waits_for_fsync(path), note)
        samples_s = await start_latencies_s(plane, samples=workload.samples)
    return measured.latencies("enqueue to start", samples_s=samples_s)


async def measure_relay(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """`concurrency` pairs, each sender with at most `batch` messages under way."""
    path, pairs = _ledger(scratch), workload.concurrency
    note = f"send, receive, acknowledge; at most {workload.batch} under way for each sender"
    async with interlock_plane.embedded_mailboxes(path, pairs=pairs) as mailboxes:
        measured = _measured(name, workload, waits_for_fsync(path), note)
        relay = Relay(mailboxes, pairs=pairs, window=workload.batch)
        result = await relay.run(duration_s=workload.duration_s)
    return [
        measured.rate("messages", count=result.finished, elapsed_s=result.elapsed_s),
        *measured.latencies("round trip", samples_s=result.round_trips_s),
    ]


async def measure_claims(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """The time of one claim while `queued` tasks are ready."""
    path = _ledger(scratch)
    note = f"one claim at a time, {workload.queued:,} tasks ready"
    async with interlock_plane.embedded(path) as plane:
        measured = _measured(name, workload, waits_for_fsync(path), note)
        samples_s = await claim_latencies_s(plane, queued=workload.queued, samples=workload.samples)
    return measured.latencies("claim", samples_s=samples_s)


async def measure_append(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """Events published per second by `concurrency` callers, each of whom awaits each call."""
    logged = await interlock_plane.append(
        _ledger(scratch), callers=workload.concurrency, duration_s=workload.duration_s
    )
    measured = _measured(name, workload, logged.durable, "publish_event, each call awaited")
    return [measured.rate("events appended", count=logged.count, elapsed_s=logged.elapsed_s)]


async def measure_replay(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """Events per second from the file into a state, over the log that lifecycles have left."""
    path = _ledger(scratch)
    note = "events of lifecycles, read from the file, decoded and folded; a proof also hashes them"
    async with interlock_plane.embedded(path) as plane:
        measured = _measured(name, workload, waits_for_fsync(path), note)
        await lifecycles(plane, agents=workload.concurrency, duration_s=workload.duration_s)
    replayed = in_fresh_process(replay, path)
    return [
        measured.rate("events replayed", count=replayed.count, elapsed_s=replayed.replay_s),
        measured.rate("events proved", count=replayed.count, elapsed_s=replayed.proof_s),
    ]


def measure_restart(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """Seconds until a ledger with `queued` open tasks is open, and what memory that takes."""
    path = _ledger(scratch)
    in_fresh_process(fill, path, count=workload.queued)
    found = in_fresh_process(restart, path)
    if found.open_tasks != workload.queued:
        raise RuntimeError(f"{workload.queued} tasks were left open, {found.open_tasks} loaded")
    note = f"{workload.queued:,} open tasks, hub ready to serve"
    measured = _measured(name, workload, found.durable, note)
    return [
        measured.row("restart", value=found.open_s, unit="s"),
        measured.row("memory per open task", value=found.grown_bytes / workload.queued, unit="B"),
        measured.row("memory at most", value=found.peak_bytes / 1024**2, unit="MiB"),
    ]


def replay(path: str) -> interlock_plane.Replayed:
    return asyncio.run(interlock_plane.replay(path))


def fill(path: str, *, count: int) -> None:
    asyncio.run(interlock_plane.fill_open_tasks(path, count=count))


def restart(path: str) -> interlock_plane.Restarted:
    return asyncio.run(interlock_plane.restart(path))


def _lifecycle_rows(measured: Measured, result: LoopResult) -> list[Row]:
    steps = [sample for step in STEPS for sample in result.samples_s[step]]
    return [
        measured.rate("lifecycles", count=result.finished, elapsed_s=result.elapsed_s),
        *measured.latencies("step", samples_s=steps),
    ]


def _ledger(scratch: str) -> str:
    return str(Path(scratch) / "ledger.db")


def _measured(name: str, workload: Workload, durable: bool, note: str) -> Measured:
    return Measured(
        name=name,
        peer="Interlock",
        concurrency=workload.concurrency,
        durable=durable,
        note=note,
        versions=interlock_plane.versions(),
    )
