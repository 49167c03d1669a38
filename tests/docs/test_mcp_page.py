"""What docs/mcp.md shows is what happens."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from interlock.cli import main
from tests.server.mcp.test_conformance import SCENARIOS

PAGE = (Path(__file__).parents[2] / "docs" / "mcp.md").read_text()


def test_the_change_that_install_shows_is_the_one_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    [shown] = re.findall(r"    \$ interlock (.*)\n((?:    .*\n)+)", PAGE)
    command, output = shown

    run = CliRunner().invoke(main, command.split())

    assert run.output == re.sub(r"^    ", "", output, flags=re.MULTILINE)


def test_the_scenarios_on_the_page_are_those_that_the_suite_runs() -> None:
    counted = re.findall(r"^\| (\S+?)[,| ].*\| (\d+) of (\d+) \|$", PAGE, flags=re.MULTILINE)
    assert {revision: (int(a), int(b)) for revision, a, b in counted} == {
        revision: (count, count) for revision, count in SCENARIOS.items()
    }
