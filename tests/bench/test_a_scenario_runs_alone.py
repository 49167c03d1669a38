from __future__ import annotations

from pathlib import Path

import pytest

from bench.isolation import Outcome, run_in_child
from bench.scenario import Scenario, Workload


def outcome_of(function: str, scratch_root: Path, *, limit_s: float = 60.0) -> Outcome:
    workload = Workload(samples=10)
    scenario = Scenario(
        name=f"odd/{function}",
        measure=f"tests.bench.odd_measures:{function}",
        full=workload,
        quick=workload,
        limit_s=limit_s,
    )
    return run_in_child(scenario, workload=workload, scratch_root=scratch_root)


def test_the_rows_of_a_good_scenario_come_back_from_its_process(tmp_path: Path) -> None:
    outcome = outcome_of("good", tmp_path)
    assert outcome.error == ""
    assert [(row.metric, row.value, row.unit) for row in outcome.rows] == [("things", 5.0, "1/s")]


def test_a_scenario_that_raises_is_reported_with_its_error(tmp_path: Path) -> None:
    outcome = outcome_of("failing", tmp_path)
    assert outcome.rows == []
    assert outcome.error.endswith("RuntimeError: the peer fell over")


def test_a_scenario_that_hangs_is_stopped_at_its_limit_and_reported(tmp_path: Path) -> None:
    outcome = outcome_of("hanging", tmp_path, limit_s=1.0)
    assert outcome.rows == []
    assert outcome.error.startswith("stopped at its limit of 1 s")


@pytest.mark.parametrize(
    ("function", "reason"), [("empty", "measured nothing"), ("missing", "no attribute 'missing'")]
)
def test_a_scenario_without_figures_is_a_failure(
    tmp_path: Path, function: str, reason: str
) -> None:
    outcome = outcome_of(function, tmp_path)
    assert outcome.rows == []
    assert reason in outcome.error


@pytest.mark.parametrize("function", ["good", "failing"])
def test_a_scenario_leaves_nothing_on_the_disk(tmp_path: Path, function: str) -> None:
    outcome_of(function, tmp_path)
    assert list(tmp_path.iterdir()) == []
