"""`interlock log` prints the events that were asked for, to people and to programs."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.unit.cli.conftest import Run
from tests.unit.cli.spoil import spoil


def events(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_event_has_a_line(run: Run, path: str) -> None:
    lines = run("log", path).stdout.splitlines()
    positions = [int(line.split()[0]) for line in lines]
    assert positions == list(range(1, len(positions) + 1))
    assert "TaskCreated" in lines[-3] + "".join(lines)


def test_json_lines_hold_the_position_and_the_event(run: Run, path: str) -> None:
    found = events(run("log", path, "--json"))
    assert [line["pos"] for line in found] == list(range(1, len(found) + 1))
    assert all(line["event"]["type"] and line["event"]["at_us"] for line in found)


def test_a_part_can_be_chosen_by_position(run: Run, path: str) -> None:
    assert [
        line["pos"] for line in events(run("log", path, "--json", "--after", 4, "--limit", 3))
    ] == [5, 6, 7]
    assert run("log", path, "--after", 10_000).stdout == ""


def test_a_part_can_be_chosen_by_task(run: Run, path: str, ids: dict[str, str]) -> None:
    found = events(run("log", path, "--json", "--task", ids["cancelled"]))
    assert [line["event"]["type"] for line in found] == ["TaskCreated", "TaskCancelled"]
    assert len(events(run("log", path, "--json", "--task", ids["done"], "--limit", 2))) == 2


def test_a_part_can_be_chosen_by_type_and_topic(run: Run, path: str) -> None:
    types = {
        line["event"]["type"]
        for line in events(run("log", path, "--json", "--type", "TaskClaimed"))
    }
    assert types == {"TaskClaimed"}
    topics = {
        line["event"]["topic"]
        for line in events(run("log", path, "--json", "--topic", "escalation"))
    }
    assert topics == {"escalation"}


def test_what_agents_wrote_cannot_act_on_a_terminal(run: Run, path: str) -> None:
    for arguments in ((), ("--json",)):
        output = run("log", path, *arguments).stdout
        assert "naïve ☃" in output
        assert not {"\x1b", "\u202e"} & set(output)


def test_a_text_that_is_no_event_is_shown_all_the_same(run: Run, path: str, tmp_path: Path) -> None:
    spoilt = spoil(path, tmp_path / "spoilt.db", "UPDATE event SET body = '[1]' WHERE pos = 3")
    assert "[1]" in run("log", spoilt, "--after", 2, "--limit", 1).stdout
    [line] = events(run("log", spoilt, "--after", 2, "--limit", 1, "--json"))
    assert line == {"pos": 3, "text": "[1]"}


@pytest.mark.parametrize("arguments", [("--after", "-1"), ("--limit", "0"), ("--after", "soon")])
def test_a_number_that_makes_no_sense_is_a_misuse(
    run: Run, path: str, arguments: tuple[str, str]
) -> None:
    assert run("log", path, *arguments).exit_code == 2
