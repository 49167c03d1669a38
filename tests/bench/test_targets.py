from __future__ import annotations

from bench.markdown import markdown, medians
from bench.report import Report
from bench.row import Measured, Row
from bench.targets import TARGETS, judged
from tests.bench.machines import A_MACHINE


def row(name: str, metric: str, value: float) -> Row:
    measured = Measured(name=name, peer="p", concurrency=1, durable=True, note="", versions={})
    return measured.row(metric, value=value, unit="u")


def report(*rows: Row) -> Report:
    return Report(
        format_version=1,
        is_quick=False,
        elapsed_s=1.0,
        machine=A_MACHINE,
        rows=list(rows),
        failures=[],
        left_out=[],
    )


def test_every_target_is_judged_when_all_its_figures_are_there() -> None:
    rows = [row(name, metric, 1.0) for target in TARGETS for name, metric in target.needs]
    assert [one.promise for one in judged(rows, is_quick=False)] == [
        target.promise for target in TARGETS
    ]


def test_a_rate_below_its_floor_and_a_time_above_its_ceiling_are_missed() -> None:
    embedded = row("lifecycle/interlock/embedded/200", "lifecycles", 9_999.0)
    start = row("start_latency/interlock", "enqueue to start p50", 2.1)
    assert [one.is_reached for one in judged([embedded, start], is_quick=False)] == [False, False]


def test_a_ratio_divides_two_figures_of_the_same_run() -> None:
    deep = row("claim_latency/interlock/1000000", "claim p50", 0.3)
    shallow = row("claim_latency/interlock/1000", "claim p50", 0.2)
    [one] = judged([deep, shallow], is_quick=False)
    assert one.is_reached
    assert round(one.value, 3) == 1.5


def test_a_quick_run_says_nothing_about_a_million_tasks() -> None:
    assert judged([row("restart/interlock", "restart", 1.0)], is_quick=True) == []


def test_a_page_holds_the_median_over_the_runs() -> None:
    runs = [report(row("replay", "events", value)) for value in (100.0, 900.0, 500.0)]
    assert [one.value for one in medians(runs)] == [500.0]
    assert "| `replay` | events 500 u | yes |" in markdown(runs)
