"""Lifecycles per second of the peers and of raw SQLite, beside which Interlock's own are read."""

from __future__ import annotations

from bench.scenario import Scenario, Workload

CONCURRENCIES = (20, 200)
REDIS_VARIANTS = ("default", "aof_always")


def scenarios() -> list[Scenario]:
    return [
        *(_raw_apsw(batch=batch) for batch in (1, 100)),
        *(_peer("huey_sqlite", concurrency=count) for count in CONCURRENCIES),
        *(
            _peer("taskiq_redis", concurrency=count, variant=variant)
            for variant in REDIS_VARIANTS
            for count in CONCURRENCIES
        ),
        *(_peer("procrastinate_postgres", concurrency=count) for count in CONCURRENCIES),
    ]


def _raw_apsw(*, batch: int) -> Scenario:
    return Scenario(
        name=f"lifecycle/raw_apsw/batch_{batch}",
        measure="bench.peers.raw_apsw:measure_lifecycles",
        full=Workload(duration_s=10, batch=batch),
        quick=Workload(duration_s=2, batch=batch),
    )


def _peer(module: str, *, concurrency: int, variant: str = "") -> Scenario:
    path = "/".join(part for part in (module, variant, str(concurrency)) if part)
    return Scenario(
        name=f"lifecycle/{path}",
        measure=f"bench.peers.{module}:measure_lifecycles",
        full=Workload(duration_s=10, concurrency=concurrency, variant=variant),
        quick=Workload(duration_s=3, concurrency=concurrency, variant=variant),
    )
