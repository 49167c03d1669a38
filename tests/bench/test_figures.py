from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.isolation import Outcome
from bench.machine import FSYNC_SAMPLES, file_system_of, fsync_cost_us
from bench.percentile import percentiles
from bench.report import gathered, readable, write_json
from bench.row import Measured
from bench.scenario import all_scenarios, chosen
from tests.bench.machines import A_MACHINE

MEASURED = Measured(
    name="x/y", peer="test", concurrency=3, durable=True, note="", versions={"a": "1"}
)


def test_a_percentile_is_a_sample_that_was_observed() -> None:
    found = percentiles([float(value) for value in range(100, 0, -1)])
    assert (found.p50, found.p95, found.p99, found.count) == (50.0, 95.0, 99.0, 100)


def test_one_sample_is_all_its_percentiles() -> None:
    found = percentiles([7.0])
    assert (found.p50, found.p95, found.p99) == (7.0, 7.0, 7.0)


def test_no_samples_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no samples"):
        percentiles([])


def test_nothing_finished_is_no_rate_of_zero() -> None:
    with pytest.raises(ValueError, match="nothing finished"):
        MEASURED.rate("lifecycles", count=0, elapsed_s=1.0)


def test_latencies_are_given_in_milliseconds() -> None:
    rows = MEASURED.latencies("step", samples_s=[0.001, 0.002, 0.004])
    assert [(row.metric, row.value, row.unit) for row in rows] == [
        ("step p50", 2.0, "ms"),
        ("step p95", 4.0, "ms"),
        ("step p99", 4.0, "ms"),
    ]


def test_the_report_holds_rows_failures_and_what_was_left_out(tmp_path: Path) -> None:
    row = MEASURED.rate("lifecycles", count=10, elapsed_s=2.0)
    outcomes = [
        Outcome(name="x/y", rows=[row], error="", elapsed_s=2.0),
        Outcome(name="x/z", rows=[], error="it fell over", elapsed_s=1.0),
    ]
    report = gathered(outcomes, machine=A_MACHINE, is_quick=True, left_out=["x/slow"])
    path = tmp_path / "report.json"
    write_json(report, path=path)
    written = json.loads(path.read_bytes())
    assert written["rows"] == [
        {
            "name": "x/y",
            "peer": "test",
            "metric": "lifecycles",
            "value": 5.0,
            "unit": "1/s",
            "concurrency": 3,
            "durable": True,
            "note": "",
            "versions": {"a": "1"},
        }
    ]
    assert written["failures"] == [{"name": "x/z", "error": "it fell over"}]
    assert written["left_out"] == ["x/slow"]
    assert A_MACHINE.has_cheap_fsync


def test_the_fsync_probe_times_each_fsync_and_leaves_no_file(tmp_path: Path) -> None:
    found = fsync_cost_us(tmp_path)
    assert found.count == FSYNC_SAMPLES
    assert 0 < found.p50 <= found.p99
    assert list(tmp_path.iterdir()) == []


def test_the_file_system_of_a_folder_is_found_by_its_longest_mount() -> None:
    if Path("/proc/mounts").exists():
        assert file_system_of(Path("/proc/self")) == "proc"
    else:
        assert file_system_of(Path("/")) == "unknown"


@pytest.mark.parametrize(
    ("value", "text"), [(12345.6, "12,346"), (99.94, "99.9"), (0.12345, "0.123")]
)
def test_figures_are_printed_to_what_they_are_worth(value: float, text: str) -> None:
    assert readable(value) == text


def test_every_interlock_scenario_has_a_peer_or_a_raw_limit_in_the_same_run() -> None:
    names = [scenario.name.split("/")[:2] for scenario in all_scenarios()]
    for kind in {kind for kind, who in names if who == "interlock"}:
        assert any(other == kind and who != "interlock" for other, who in names), kind


def test_scenarios_are_chosen_by_whole_parts_of_their_names() -> None:
    everything = all_scenarios()
    names = {one.name for one in chosen(everything, only=["lifecycle/raw_apsw"])}
    assert names == {"lifecycle/raw_apsw/batch_1", "lifecycle/raw_apsw/batch_100"}
    assert chosen(everything, only=[]) == everything
    with pytest.raises(ValueError, match="no scenario is called 'lifecycle/raw'"):
        chosen(everything, only=["lifecycle/raw"])
