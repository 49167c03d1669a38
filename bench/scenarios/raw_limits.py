"""What the machine allows at most where no peer offers the same: claims, log, restart, relay."""

from __future__ import annotations

from bench.scenario import Scenario, Workload

DEPTHS = (1_000, 100_000, 1_000_000)
QUICK_OPEN_TASKS = 100_000
FULL_OPEN_TASKS = 1_000_000
PAIRS = 20


def scenarios() -> list[Scenario]:
    return [
        *(_claim_depth(depth) for depth in DEPTHS),
        *(_append_replay(batch) for batch in (1, 100)),
        _restart(),
        *(_relay(variant, window) for variant in ("default", "aof_always") for window in (1, 50)),
    ]


def _claim_depth(depth: int) -> Scenario:
    return Scenario(
        name=f"claim_latency/raw_apsw/{depth}",
        measure="bench.peers.raw_apsw:measure_claims",
        full=Workload(queued=depth, samples=2000),
        quick=Workload(queued=depth, samples=500),
    )


def _append_replay(batch: int) -> Scenario:
    return Scenario(
        name=f"append_replay/raw_apsw/batch_{batch}",
        measure="bench.peers.raw_log:measure_append_replay",
        full=Workload(duration_s=5, batch=batch),
        quick=Workload(duration_s=1, batch=batch),
    )


def _restart() -> Scenario:
    return Scenario(
        name="restart/raw_apsw",
        measure="bench.peers.raw_log:measure_load",
        full=Workload(queued=FULL_OPEN_TASKS),
        quick=Workload(queued=QUICK_OPEN_TASKS),
    )


def _relay(variant: str, window: int) -> Scenario:
    return Scenario(
        name=f"relay/raw_redis/{variant}/window_{window}",
        measure="bench.peers.raw_redis:measure_relay",
        full=Workload(duration_s=10, concurrency=PAIRS, batch=window, variant=variant),
        quick=Workload(duration_s=2, concurrency=PAIRS, batch=window, variant=variant),
    )
