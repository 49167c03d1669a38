"""taskiq on Redis streams: worker and clients in one process, the server beside it.

One lifecycle is XADD (enqueue), XREADGROUP (fetch, many at once when many wait), run a coroutine
that does nothing, XACK. There is no lease to extend, no result, no fence and no event trail. Two
variants: Redis as it comes, whose answers promise nothing after a power loss, and `aof_always`,
where every answer follows an fsync.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from redis.asyncio import Redis
from taskiq.api import run_receiver_task
from taskiq_redis import RedisStreamBroker

from bench.peers.redis_server import RunningRedis, redis_server
from bench.peers.round_trip import closed_loop, start_latencies_s
from bench.row import Measured, Row, installed_versions
from bench.scenario import Workload

CONNECTIONS_MAX = 64
STREAM = "bench"
GROUP = "bench"
CANCELLATIONS_MAX = 100


class Fleet:
    """A broker and its receiver; each task calls `on_start` with its number."""

    def __init__(self, server: RunningRedis) -> None:
        self.on_start: Callable[[int], None] = lambda _: None
        self.broker = RedisStreamBroker(
            server.url,
            queue_name=STREAM,
            consumer_group_name=GROUP,
            consumer_id="0",
            max_connection_pool_size=CONNECTIONS_MAX,
        )

        async def noop(number: int) -> None:
            self.on_start(number)

        self.noop = self.broker.task(task_name="noop")(noop)

    async def enqueue(self, number: int) -> None:
        await self.noop.kiq(number)

    async def unfinished(self) -> int:
        """Tasks that were added and are not yet acknowledged."""
        client = Redis(connection_pool=self.broker.connection_pool)
        groups = await client.xinfo_groups(STREAM)
        return int(groups[0]["pending"])


@contextlib.asynccontextmanager
async def running_fleet(server: RunningRedis, *, tasks_at_once: int) -> AsyncIterator[Fleet]:
    fleet = Fleet(server)
    await fleet.broker.startup()
    receiver = asyncio.create_task(
        run_receiver_task(fleet.broker, max_async_tasks=tasks_at_once, validate_params=False)
    )
    try:
        yield fleet
    finally:
        await _stop(receiver)
        await fleet.broker.shutdown()


async def _stop(receiver: asyncio.Task[None]) -> None:
    """Cancels the receiver and its inner tasks until they are gone.

    Once is not enough: a cancellation that reaches it inside a Redis pipeline is swallowed there.
    """
    for _ in range(CANCELLATIONS_MAX):
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if receiver.done() or not others:
            return
        for task in others:
            task.cancel()
        await asyncio.wait(others, timeout=0.05)
    raise RuntimeError(f"taskiq's receiver outlived {CANCELLATIONS_MAX} cancellations")


async def measure_lifecycles(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """`concurrency` clients each enqueue a task and wait until it runs, until the last ack."""
    with redis_server(Path(scratch), variant=workload.variant) as server:
        async with running_fleet(server, tasks_at_once=workload.concurrency) as fleet:
            started = time.perf_counter()
            finished = await closed_loop(
                fleet, clients=workload.concurrency, duration_s=workload.duration_s
            )
            while await fleet.unfinished():
                await asyncio.sleep(0)
            elapsed_s = time.perf_counter() - started
    note = (
        "XADD, XREADGROUP, run, XACK: no lease, no result, no events; "
        "clients and worker in one process"
    )
    measured = _measured(name, workload, server, note)
    return [measured.rate("lifecycles", count=finished, elapsed_s=elapsed_s)]


async def measure_start_latency(name: str, *, workload: Workload, scratch: str) -> list[Row]:
    """From the enqueueing call to the task's first line, one at a time, with one idle worker."""
    with redis_server(Path(scratch), variant=workload.variant) as server:
        async with running_fleet(server, tasks_at_once=1) as fleet:
            samples_s = await start_latencies_s(fleet, samples=workload.samples)
    measured = _measured(name, workload, server, "one idle worker, blocked in XREADGROUP")
    return measured.latencies("enqueue to start", samples_s=samples_s)


def _measured(name: str, workload: Workload, server: RunningRedis, note: str) -> Measured:
    return Measured(
        name=name,
        peer=f"taskiq on Redis ({workload.variant})",
        concurrency=workload.concurrency,
        durable=server.durable,
        note=note,
        versions={**installed_versions("taskiq", "taskiq-redis"), "redis": server.version},
    )
