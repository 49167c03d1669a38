"""Lifecycles per second of the peers and of raw SQLite, beside which Interlock's own are read."""

from __future__ import annotations

from bench.scenario import Scenario, Workload


def scenarios() -> list[Scenario]:
    return [_raw_apsw(batch=1), _raw_apsw(batch=100)]


def _raw_apsw(*, batch: int) -> Scenario:
    return Scenario(
        name=f"lifecycle/raw_apsw/batch_{batch}",
        measure="bench.peers.raw_apsw:measure_lifecycles",
        full=Workload(duration_s=10, batch=batch),
        quick=Workload(duration_s=2, batch=batch),
    )
