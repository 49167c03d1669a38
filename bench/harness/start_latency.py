"""From the call that creates a task to the return of the claim that an idle worker waits in."""

from __future__ import annotations

import asyncio
import time

from bench.harness.task_plane import TaskPlane
from bench.idle_gap import idle_gaps_s

CLAIM_WAIT_S = 30.0


async def start_latencies_s(plane: TaskPlane, *, samples: int) -> list[float]:
    """One task at a time; between two the worker has finished and waits in its long poll again."""
    found: list[float] = []
    for number, gap_s in enumerate(idle_gaps_s(samples)):
        waiting = asyncio.create_task(_claimed_at(plane))
        await asyncio.sleep(gap_s)
        called_at = time.perf_counter()
        await plane.create(number)
        found.append(await waiting - called_at)
    return found


async def _claimed_at(plane: TaskPlane) -> float:
    claim = await plane.claim("idle-worker", wait_s=CLAIM_WAIT_S)
    at = time.perf_counter()
    await plane.complete(claim, agent="idle-worker")
    return at
