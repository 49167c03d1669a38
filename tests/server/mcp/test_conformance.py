"""`interlock up --conformance` under the official suite of the protocol."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from interlock.server.serve import serve
from interlock.server.settings import Settings
from tests.server.mcp import official_suite

SCENARIOS = {"2025-11-25": 33, "2026-07-28": 50}
"""Scenarios that the suite runs for a revision: those that it requires, the extension of tasks, and pending ones."""


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """The address of a server in its fixture mode."""
    async with serve(Settings(store=":memory:", port=0, conformance=True)) as serving:
        yield f"{serving.url}/mcp"


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
async def test_every_scenario_of_a_revision_passes_the_tasks_included(
    url: str, revision: str, tmp_path: Path
) -> None:
    exit_code, said = await official_suite.run(url, tmp_path, "--requirements", revision)

    failed = [
        (check["id"], check.get("errorMessage"))
        for check in official_suite.checks(tmp_path)
        if check["status"] == "FAILURE"
    ]
    assert failed == []
    assert exit_code == 0, said
    assert said.count("\n✓ ") == SCENARIOS[revision], said
