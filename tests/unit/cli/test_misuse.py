"""Whatever is asked of the command line, the answer is a sentence and a status, never a traceback."""

from pathlib import Path

import pytest

from interlock.cli import main
from tests.unit.cli.conftest import Run
from tests.unit.cli.spoil import spoil

READERS = (
    ("verify",),
    ("log",),
    ("replay", "--to", "1"),
    ("tasks",),
    ("messages",),
    ("agents",),
    ("dead-letters",),
    ("doctor",),
)


@pytest.mark.parametrize("command", READERS, ids=lambda command: command[0])
def test_a_path_without_a_ledger_is_named(
    run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    missing = tmp_path / "no\x1b[31m.db"
    result = run(command[0], missing, *command[1:])
    assert result.exit_code == 3
    assert "there is no ledger at" in result.stderr
    assert "\x1b" not in result.output
    assert not missing.exists()
    assert run(command[0], tmp_path, *command[1:]).exit_code == 3


@pytest.mark.parametrize("command", READERS[:-1], ids=lambda command: command[0])
@pytest.mark.parametrize(
    "content", [b"", b"just some text", b"\0" * 4096, b"SQLite format 3\0" * 300]
)
def test_a_file_that_is_no_ledger_is_refused(
    run: Run, tmp_path: Path, command: tuple[str, ...], content: bytes
) -> None:
    path = tmp_path / "other.db"
    path.write_bytes(content)
    result = run(command[0], path, *command[1:])
    assert result.exit_code == 3
    assert result.stderr.startswith("Error: ")
    assert path.read_bytes() == content


def test_the_doctor_says_what_is_wrong_with_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    path.write_bytes(b"just some text")
    result = run("doctor", path)
    assert result.exit_code == 1
    assert "error" in result.stdout


def test_the_doctor_looks_at_the_machine_alone(run: Run) -> None:
    result = run("doctor")
    assert result.exit_code == 0
    assert "Nothing is wrong." in result.stdout


def test_a_log_that_cannot_be_followed_points_to_verify(
    run: Run, path: str, tmp_path: Path, ids: dict[str, str]
) -> None:
    spoilt = spoil(path, tmp_path / "spoilt.db", "DELETE FROM event WHERE pos = 3")
    for command in (("replay", spoilt, "--to", 9), ("tasks", spoilt, "task-0-1")):
        result = run(*command)
        assert result.exit_code == 1
        assert "interlock verify" in result.stderr


@pytest.mark.parametrize("body", ["[]", "{}", '{"id":5}', "1e999", '"\u001b[2J"'])
@pytest.mark.parametrize("command", READERS, ids=lambda command: command[0])
def test_a_forged_row_is_an_error_and_no_crash(
    run: Run, path: str, tmp_path: Path, command: tuple[str, ...], body: str
) -> None:
    forged = spoil(path, tmp_path / "forged.db", f"UPDATE state SET body = '{body}'")
    result = run(command[0], forged, *command[1:])
    assert result.exit_code in (0, 1, 3)
    assert result.exit_code or command[0] in ("log", "replay", "doctor")
    assert "\x1b" not in result.output


def test_a_backup_is_whole_and_overwrites_nothing(run: Run, path: str, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    result = run("backup", path, target)
    assert result.exit_code == 0
    assert "holds every commit" in result.stdout
    assert run("verify", target).exit_code == 0
    again = run("backup", path, target)
    assert again.exit_code == 3
    assert "overwrites nothing" in again.stderr
    assert run("backup", tmp_path / "none.db", tmp_path / "b.db").exit_code == 3
    assert run("backup", path, tmp_path / "b.db", "--json").stdout.startswith('{"target":')


@pytest.mark.parametrize("name", list(main.commands))
def test_every_command_explains_itself(run: Run, name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    if name not in ("completion", "keys", "mcp", "up", "worker"):  # scripts, groups, what runs on
        assert "--json" in result.stdout
    assert run(name, "--nonsense").exit_code == 2


def test_commands_are_listed_with_the_most_wanted_first(run: Run) -> None:
    listed = run("--help").stdout.split("Commands:")[1]
    assert listed.index("  verify") < listed.index("  agents") < listed.index("  version")


@pytest.mark.parametrize("places", [(), ("--connect", "a.db", "--url", "http://127.0.0.1:1")])
def test_a_worker_wants_to_be_told_one_place_where_the_work_is(
    run: Run, places: tuple[str, ...]
) -> None:
    result = run("worker", "fleet:app", *places)
    assert result.exit_code == 2
    assert "either --connect LEDGER or --url URL" in result.stderr
