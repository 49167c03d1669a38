"""Everything that is measured of Interlock itself; each name begins as its peers' names do."""

from __future__ import annotations

from bench.scenario import Scenario, Workload
from bench.scenarios.raw_limits import DEPTHS, FULL_OPEN_TASKS, PAIRS, QUICK_OPEN_TASKS

AGENTS = (1, 20, 200, 1000)
CLIENT_PROCESSES = (1, 4)
FILL_LIMIT_S = 400.0
"""A million tasks are created one by one before the measured part begins."""


def scenarios() -> list[Scenario]:
    return [
        *(_embedded(agents) for agents in AGENTS),
        _socket(1, 1),
        *(_socket(processes, agents) for processes in CLIENT_PROCESSES for agents in AGENTS[1:]),
        Scenario(
            name="start_latency/interlock",
            measure="bench.interlock_measures:measure_start_latency",
            full=Workload(samples=500),
            quick=Workload(samples=50),
        ),
        *(_relay(window) for window in (1, 50)),
        *(_claim_depth(depth) for depth in DEPTHS),
        *(_append(callers) for callers in (1, 100)),
        Scenario(
            name="append_replay/interlock/lifecycles",
            measure="bench.interlock_measures:measure_replay",
            full=Workload(duration_s=10, concurrency=200),
            quick=Workload(duration_s=3, concurrency=200),
        ),
        Scenario(
            name="restart/interlock",
            measure="bench.interlock_measures:measure_restart",
            full=Workload(queued=FULL_OPEN_TASKS),
            quick=Workload(queued=QUICK_OPEN_TASKS),
            limit_s=FILL_LIMIT_S,
        ),
    ]


def _embedded(agents: int) -> Scenario:
    return Scenario(
        name=f"lifecycle/interlock/embedded/{agents}",
        measure="bench.interlock_measures:measure_embedded",
        full=Workload(duration_s=10, concurrency=agents),
        quick=Workload(duration_s=3, concurrency=agents),
    )


def _socket(processes: int, agents: int) -> Scenario:
    def workload(duration_s: float) -> Workload:
        return Workload(duration_s=duration_s, concurrency=agents, client_processes=processes)

    return Scenario(
        name=f"lifecycle/interlock/socket_{processes}/{agents}",
        measure="bench.interlock_measures:measure_socket",
        full=workload(10),
        quick=workload(3) if agents == 200 else None,
    )


def _relay(window: int) -> Scenario:
    return Scenario(
        name=f"relay/interlock/window_{window}",
        measure="bench.interlock_measures:measure_relay",
        full=Workload(duration_s=10, concurrency=PAIRS, batch=window),
        quick=Workload(duration_s=2, concurrency=PAIRS, batch=window),
    )


def _claim_depth(depth: int) -> Scenario:
    return Scenario(
        name=f"claim_latency/interlock/{depth}",
        measure="bench.interlock_measures:measure_claims",
        full=Workload(queued=depth, samples=2000),
        # Creating a million tasks one by one takes longer than a quick run may.
        quick=Workload(queued=depth, samples=500) if depth <= QUICK_OPEN_TASKS else None,
        limit_s=FILL_LIMIT_S,
    )


def _append(callers: int) -> Scenario:
    return Scenario(
        name=f"append_replay/interlock/publishers_{callers}",
        measure="bench.interlock_measures:measure_append",
        full=Workload(duration_s=5, concurrency=callers),
        quick=Workload(duration_s=1, concurrency=callers),
    )
