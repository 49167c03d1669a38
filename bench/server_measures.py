"""What the server adds to the plane: rates and latencies over each transport, and what waiting costs it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path

import httpx2
import msgspec

import interlock
from bench import interlock_plane, server_plane
from bench.harness.client_processes import lifecycles_from_clients
from bench.harness.lifecycles import STEPS
from bench.row import Measured, Row, installed_versions
from bench.scenario import Workload

CALLS = {
    "embedded": interlock_plane.embedded,
    "socket": interlock_plane.connected,
    "http": server_plane.over_http,
    "websocket": server_plane.over_websocket,
    "mcp": server_plane.over_mcp,
}
"""Ways to call, each from an address to a plane."""

POLL_S = 50.0
SETTLE_S = 2.0
"""After the last of a crowd has connected, before what it costs is measured."""

EVENTS_PER_S = 1_000
RESTART_S_MAX = 60.0
PATIENCE_S = 30.0


async def measure_added_latency(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """One caller, one `create_task` after the other, over the transport that `variant` names."""
    path, variant = _ledger(scratch), workload.variant
    measured = _measured(name, workload, f"one caller, create_task, {variant}")
    async with contextlib.AsyncExitStack() as stack:
        if variant == "embedded":
            address = path
        elif variant == "socket":
            address = await stack.enter_async_context(interlock_plane.served(path))
        else:
            address = (await stack.enter_async_context(server_plane.serving(path))).url
        plane = await stack.enter_async_context(CALLS[variant](address))
        samples_s = []
        for number in range(workload.samples):
            begun = time.perf_counter()
            await plane.create(number)
            samples_s.append(time.perf_counter() - begun)
    return measured.latencies("call", samples_s=samples_s[len(samples_s) // 10 :])


async def measure_rate(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """Lifecycles of `concurrency` agents in `client_processes`, over the transport of `variant`."""
    note = f"{workload.client_processes} client processes, `interlock up`, {workload.variant}"
    measured = _measured(name, workload, note)
    async with server_plane.serving(_ledger(scratch)) as server:
        used_s = server.cpu_s()
        result = await lifecycles_from_clients(
            connect=f"bench.server_plane:over_{workload.variant}",
            address=server.url,
            processes=workload.client_processes,
            agents=workload.concurrency,
            duration_s=workload.duration_s,
        )
        used_s = server.cpu_s() - used_s
    calls = result.finished * len(STEPS)
    samples_s = [sample for step in STEPS for sample in result.samples_s[step]]
    return [
        measured.rate("lifecycles", count=result.finished, elapsed_s=result.elapsed_s),
        measured.row("server, processor time of a call", value=1e6 * used_s / calls, unit="us"),
        *measured.latencies("step", samples_s=samples_s),
    ]


async def measure_idle_polls(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """Processor share of a server in which `concurrency` agents wait for work, each on its own connection."""
    note = f"each agent on a {workload.variant} connection of its own, waiting {POLL_S:g} s a poll"
    measured = _measured(name, workload, note)
    async with server_plane.serving(_ledger(scratch)) as server:
        waits = _http_waits if workload.variant == "http" else _websocket_waits
        async with waits(server.url, agents=workload.concurrency):
            await asyncio.sleep(SETTLE_S)
            share = await _share(server, duration_s=workload.duration_s)
    return [measured.row("server, share of a core", value=100 * share, unit="%")]


@contextlib.asynccontextmanager
async def _websocket_waits(url: str, *, agents: int):
    async def wait(plane: interlock.Plane, agent: str) -> None:
        while True:
            await plane.claim_task(agent=agent, wait_s=POLL_S)

    async with server_plane.many_websockets(url, count=agents) as planes:
        waits = [asyncio.create_task(wait(plane, f"agent-{n}")) for n, plane in enumerate(planes)]
        yield
        await _end(waits)


@contextlib.asynccontextmanager
async def _http_waits(url: str, *, agents: int):
    async with server_plane.over_http(url) as plane:

        async def wait(agent: str) -> None:
            while True:
                with contextlib.suppress(TimeoutError):
                    await plane.claim(agent, wait_s=POLL_S)

        waits = [asyncio.create_task(wait(f"agent-{n}")) for n in range(agents)]
        yield
        await _end(waits)


async def measure_watchers(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """`concurrency` readers of the event stream while a thousand events a second are published."""
    note = f"{EVENTS_PER_S} events/s, published over a WebSocket; from the call to the reader"
    measured = _measured(name, workload, note)
    delays_s: list[float] = []
    counts = [0] * workload.concurrency
    published = 0

    async def watch(client: httpx2.AsyncClient, index: int) -> None:
        async with client.stream("GET", "/v1/events", params={"types": "EventPublished"}) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data:"):
                    counts[index] += 1
                    sent = msgspec.json.decode(line[5:])["payload"]["sent"]
                    delays_s.append(time.perf_counter() - sent)

    async with server_plane.serving(_ledger(scratch)) as server:
        limits = httpx2.Limits(max_connections=None)
        async with (
            interlock.connect(server.url) as plane,
            httpx2.AsyncClient(base_url=server.url, limits=limits, timeout=None) as client,
        ):
            watchers = [
                asyncio.create_task(watch(client, index)) for index in range(workload.concurrency)
            ]
            await asyncio.sleep(SETTLE_S)

            async def publish() -> None:
                nonlocal published
                started = time.perf_counter()
                while (now := time.perf_counter()) < started + workload.duration_s:
                    due = int((now - started) * EVENTS_PER_S) - published
                    sent = {"sent": time.perf_counter()}
                    await asyncio.gather(
                        *(plane.publish_event("bench", payload=sent, agent="p") for _ in range(due))
                    )
                    published += due
                    await asyncio.sleep(0.01)

            share, _ = await asyncio.gather(
                _share(server, duration_s=workload.duration_s), publish()
            )
            await asyncio.sleep(SETTLE_S)
            await _end(watchers)
    if min(counts) < published:
        raise RuntimeError(f"a watcher saw {min(counts)} of {published} events")
    return [
        measured.row("server, share of a core", value=100 * share, unit="%"),
        measured.rate("events published", count=published, elapsed_s=workload.duration_s),
        *measured.latencies("event delay", samples_s=delays_s),
    ]


async def measure_restart(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """SIGKILL under the load of `concurrency` connected agents: when is each of them served again?

    Raises RuntimeError when a task that was acknowledged is missing or was done twice.
    """
    note = "SIGKILL under load, new process on the same port; every agent a connection of its own"
    measured = _measured(name, workload, note)
    path = _ledger(scratch)
    server = await server_plane.start(path)
    made: set[str] = set()
    done: list[str] = []
    back_s: dict[int, float] = {}
    killed_at = float("inf")
    ending = False

    async def live(index: int, plane: interlock.Plane) -> None:
        tasks = interlock_plane.Tasks(plane)
        number = 0
        while not ending:
            made.add(await tasks.create(number))
            claim = await tasks.claim(f"agent-{index}", wait_s=PATIENCE_S)
            await tasks.complete(claim, agent=f"agent-{index}")
            done.append(claim.task_id)
            number += 1
            now = time.perf_counter()
            if now > killed_at:
                back_s.setdefault(index, now - killed_at)

    try:
        async with server_plane.many_websockets(server.url, count=workload.concurrency) as planes:
            lives = [asyncio.create_task(live(n, plane)) for n, plane in enumerate(planes)]
            await asyncio.sleep(workload.duration_s)
            port, killed_at = server.port, time.perf_counter()
            await server.kill()
            server = await server_plane.start(path, port=port)
            started_s = time.perf_counter() - killed_at
            async with asyncio.timeout(RESTART_S_MAX):
                while len(back_s) < workload.concurrency:
                    await asyncio.sleep(0.05)
            ending = True
            await asyncio.gather(*lives)
    finally:
        await server.stop()
    if len(done) != len(set(done)) or set(done) != made:
        raise RuntimeError(
            f"{len(made)} tasks made, {len(done)} done, {len(set(done))} of them once"
        )
    return [
        measured.row("server up again", value=started_s, unit="s"),
        measured.row("first agent back", value=min(back_s.values()), unit="s"),
        measured.row("last agent back", value=max(back_s.values()), unit="s"),
        measured.row("lost or doubled", value=0, unit="tasks"),
    ]


async def _share(server: server_plane.Server, *, duration_s: float) -> float:
    """Processor seconds of the server over the seconds that passed."""
    used, begun = server.cpu_s(), time.perf_counter()
    await asyncio.sleep(duration_s)
    return (server.cpu_s() - used) / (time.perf_counter() - begun)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended


def _ledger(scratch: str) -> str:
    return str(Path(scratch) / "ledger.db")


def _measured(name: str, workload: Workload, note: str) -> Measured:
    return Measured(
        name=name,
        peer="Interlock",
        concurrency=workload.concurrency,
        durable=True,
        note=note,
        versions=installed_versions("interlock", "apsw", "uvicorn", "starlette"),
    )
