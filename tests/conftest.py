"""Makes a missed coverage gate a counted error of the run, and tells how much was simulated.

pytest-cov alone fails the run by its exit status only: the closing line still reads as a success.
"""

from pathlib import Path
from typing import Any, Final

import pytest

UNCOVERED: Final = frozenset({"bench", "console", "docs", "server", "sim", "stories"})
"""Folders that show what users see, with real processes and long runs. That every branch is taken is for `unit` and
`conformance` to show; tracing the others would double their time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Traces only the tests whose business it is."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and item.path.relative_to(here).parts[0] in UNCOVERED:
            item.add_marker(pytest.mark.no_cover)


@pytest.hookimpl(tryfirst=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    _tell_simulated_steps(terminalreporter)
    coverage = config.pluginmanager.getplugin("_cov")
    if coverage is None or coverage.cov_total is None:
        return
    required = coverage.options.cov_fail_under
    if required and coverage.cov_total < required:
        reason = (
            f"{coverage.cov_total:.2f} % of the gated code is covered, {required} % is required"
        )
        report = pytest.CollectReport("coverage", "failed", longrepr=reason, result=[])
        terminalreporter.stats.setdefault("error", []).append(report)


def _tell_simulated_steps(terminalreporter: Any) -> None:
    steps = sum(
        value
        for report in terminalreporter.stats.get("passed", [])
        for name, value in report.user_properties
        if report.when == "call" and name == "simulated steps"
    )
    if steps:
        terminalreporter.write_line(f"{steps} simulated steps")
