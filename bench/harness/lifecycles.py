"""Closed-loop lifecycles: each of N agents creates, claims, extends with progress and completes."""

from __future__ import annotations

import asyncio
import time

import msgspec

from bench.harness.task_plane import TaskPlane

CLAIM_WAIT_S = 30.0
OVERRUN_S_MAX = 30.0
"""How long after the end of the measured time the last lifecycles may take to finish."""

STEPS = ("create", "claim", "extend", "complete")


class LoopResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the agents of one process did. Samples are seconds per awaited call, by step."""

    finished: int
    elapsed_s: float
    samples_s: dict[str, list[float]]


async def lifecycles(
    plane: TaskPlane, *, agents: int, duration_s: float, prefix: str = "agent"
) -> LoopResult:
    """Runs `agents` loops for `duration_s` and lets each finish the lifecycle that it has begun.

    An agent claims the next ready task, which need not be the one it created: as many tasks are
    created as are claimed, so no claim waits for long.
    """
    samples_s: dict[str, list[float]] = {step: [] for step in STEPS}
    started = time.perf_counter()
    deadline = started + duration_s
    finished = 0

    async def agent_loop(agent: str, first: int) -> None:
        nonlocal finished
        number = first
        while time.perf_counter() < deadline:
            await _one_lifecycle(plane, agent, number, samples_s)
            number += agents
            finished += 1

    async with asyncio.timeout(duration_s + OVERRUN_S_MAX), asyncio.TaskGroup() as group:
        for index in range(agents):
            group.create_task(agent_loop(f"{prefix}-{index}", index))
    elapsed_s = time.perf_counter() - started
    return LoopResult(finished=finished, elapsed_s=elapsed_s, samples_s=samples_s)


async def _one_lifecycle(
    plane: TaskPlane, agent: str, number: int, samples_s: dict[str, list[float]]
) -> None:
    begun = time.perf_counter()
    await plane.create(number)
    created = time.perf_counter()
    claim = await plane.claim(agent, wait_s=CLAIM_WAIT_S)
    claimed = time.perf_counter()
    await plane.extend(claim, agent=agent, progress=0.5)
    extended = time.perf_counter()
    await plane.complete(claim, agent=agent)
    completed = time.perf_counter()
    samples_s["create"].append(created - begun)
    samples_s["claim"].append(claimed - created)
    samples_s["extend"].append(extended - claimed)
    samples_s["complete"].append(completed - extended)


def merged(results: list[LoopResult]) -> LoopResult:
    """The result of several processes that ran side by side: the slowest one's time counts."""
    samples_s = {
        step: [sample for result in results for sample in result.samples_s[step]] for step in STEPS
    }
    return LoopResult(
        finished=sum(result.finished for result in results),
        elapsed_s=max(result.elapsed_s for result in results),
        samples_s=samples_s,
    )
