from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import interlock
from bench import interlock_measures
from bench.interlock_plane import waits_for_fsync
from bench.row import Row
from bench.scenario import Scenario, Workload, all_scenarios, measured
from interlock.store.options import SqliteOptions

BRIEF = Workload(duration_s=0.05, concurrency=3, batch=2, queued=5, samples=3, client_processes=2)


def rows_of(function: str, scratch: Path) -> list[Row]:
    scenario = Scenario(
        name=f"brief/{function}",
        measure=f"bench.interlock_measures:{function}",
        full=BRIEF,
        quick=BRIEF,
    )
    return asyncio.run(measured(scenario, workload=BRIEF, scratch=str(scratch)))


@pytest.mark.parametrize(
    ("function", "metric"),
    [
        ("measure_embedded", "lifecycles"),
        ("measure_socket", "lifecycles"),
        ("measure_start_latency", "enqueue to start p50"),
        ("measure_relay", "messages"),
        ("measure_claims", "claim p50"),
        ("measure_append", "events appended"),
        ("measure_replay", "events replayed"),
        ("measure_restart", "restart"),
    ],
)
def test_each_measurement_gives_its_figures_with_durable_commits(
    function: str, metric: str, tmp_path: Path
) -> None:
    rows = rows_of(function, tmp_path)
    assert rows[0].metric == metric
    assert all(row.value > 0 and row.durable for row in rows)


def test_every_scenario_of_interlock_names_a_measurement_that_exists() -> None:
    named = {one.measure for one in all_scenarios() if "interlock_measures" in one.measure}
    assert named
    assert all(hasattr(interlock_measures, name.partition(":")[2]) for name in named)


@pytest.mark.parametrize(("synchronous", "waits"), [("full", True), ("normal", False)])
def test_durability_is_read_back_from_the_connection_that_writes(
    synchronous: str, waits: bool, tmp_path: Path
) -> None:
    path = str(tmp_path / "ledger.db")

    async def asked() -> bool:
        async with interlock.open(path, options=SqliteOptions(synchronous=synchronous)):  # type: ignore[arg-type]
            return waits_for_fsync(path)

    assert asyncio.run(asked()) is waits


def test_durability_of_a_ledger_that_is_not_open_here_is_not_guessed(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="0 connections"):
        waits_for_fsync(str(tmp_path / "ledger.db"))
