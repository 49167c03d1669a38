"""The peers' time from enqueueing a task to its first line, with one idle worker."""

from __future__ import annotations

from bench.scenario import Scenario, Workload


def scenarios() -> list[Scenario]:
    return [
        _peer("huey_sqlite"),
        _peer("taskiq_redis", variant="default"),
        _peer("taskiq_redis", variant="aof_always"),
        _peer("procrastinate_postgres"),
    ]


def _peer(module: str, *, variant: str = "") -> Scenario:
    path = "/".join(part for part in (module, variant) if part)
    return Scenario(
        name=f"start_latency/{path}",
        measure=f"bench.peers.{module}:measure_start_latency",
        full=Workload(samples=500, variant=variant),
        quick=Workload(samples=50, variant=variant),
    )
