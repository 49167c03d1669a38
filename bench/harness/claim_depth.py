"""The time of one claim while many tasks lie queued."""

from __future__ import annotations

import asyncio
import time

from bench.harness.task_plane import TaskPlane

FILL_AT_ONCE = 1000
"""Creations in flight while the queue is filled, which is not measured."""


async def filled(plane: TaskPlane, *, count: int) -> None:
    """Queues `count` tasks, a bounded number of calls at a time."""
    for start in range(0, count, FILL_AT_ONCE):
        batch = range(start, min(start + FILL_AT_ONCE, count))
        await asyncio.gather(*(plane.create(number) for number in batch))


async def claim_latencies_s(plane: TaskPlane, *, queued: int, samples: int) -> list[float]:
    """Claims one task after the other from a queue of `queued`, each put back by a new one."""
    await filled(plane, count=queued)
    found: list[float] = []
    for number in range(samples):
        begun = time.perf_counter()
        claim = await plane.claim("claimer", wait_s=0)
        found.append(time.perf_counter() - begun)
        await plane.complete(claim, agent="claimer")
        await plane.create(queued + number)
    return found
