"""Makes a missed coverage gate a counted error of the run.

pytest-cov alone fails the run by its exit status only: the closing line still reads as a success.
"""

from typing import Any

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
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
