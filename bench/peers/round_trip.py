"""The two measurements that every peer with an asyncio client and worker shares."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from bench.idle_gap import idle_gaps_s

WAIT_S_MAX = 30.0
"""The longest that one task may take to run before the measurement counts as failed."""


class Fleet(Protocol):
    """A running peer.

    It calls `on_start` with the number of each task, in the task's first line.
    """

    on_start: Callable[[int], None]

    async def enqueue(self, number: int) -> None: ...


async def closed_loop(fleet: Fleet, *, clients: int, duration_s: float) -> int:
    """Each client enqueues a task, waits until it runs and begins again. Returns how many ran."""
    loop = asyncio.get_running_loop()
    waiting: dict[int, asyncio.Future[None]] = {}
    fleet.on_start = lambda number: waiting.pop(number).set_result(None)
    deadline = time.perf_counter() + duration_s
    numbers = 0

    async def client() -> None:
        nonlocal numbers
        while time.perf_counter() < deadline:
            numbers += 1
            number = numbers
            has_run = waiting[number] = loop.create_future()
            await fleet.enqueue(number)
            await has_run

    async with asyncio.timeout(duration_s + WAIT_S_MAX), asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(client())
    return numbers


async def start_latencies_s(fleet: Fleet, *, samples: int) -> list[float]:
    """Seconds from the enqueueing call to the task's first line, one at a time, worker idle."""
    found: list[float] = []
    for number, gap_s in enumerate(idle_gaps_s(samples)):
        await asyncio.sleep(gap_s)
        found.append(await _one_start_s(fleet, number))
    return found


async def _one_start_s(fleet: Fleet, number: int) -> float:
    run_at: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    fleet.on_start = lambda _: run_at.set_result(time.perf_counter())
    called_at = time.perf_counter()
    await fleet.enqueue(number)
    async with asyncio.timeout(WAIT_S_MAX):
        return await run_at - called_at
