"""A ledger comes back from its backup, or nothing is touched."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from interlock.cli import main
from tests.unit.cli.conftest import Run
from tests.unit.cli.spoil import spoil


def test_a_restored_ledger_is_whole(run: Run, path: str, tmp_path: Path) -> None:
    run("backup", path, tmp_path / "copy.db")
    result = run("restore", tmp_path / "copy.db", tmp_path / "back.db")

    assert result.exit_code == 0
    assert "again" in result.stdout
    anchor = run("verify", path).stdout.split("anchor ")[1].strip()
    assert run("verify", tmp_path / "back.db", "--anchor", anchor).exit_code == 0
    told = run("restore", tmp_path / "copy.db", tmp_path / "again.db", "--json").stdout
    assert told.startswith('{"path":')


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_nothing_that_stands_there_is_overwritten(
    run: Run, path: str, tmp_path: Path, suffix: str
) -> None:
    standing = tmp_path / f"back.db{suffix}"
    standing.write_bytes(b"mine")
    result = run("restore", path, tmp_path / "back.db")

    assert result.exit_code == 3
    assert "overwrites nothing" in result.stderr
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [
        (standing.name, b"mine")
    ]


def test_a_backup_that_is_wrong_restores_nothing(run: Run, path: str, tmp_path: Path) -> None:
    wrong = spoil(path, tmp_path / "wrong.db", "DELETE FROM event WHERE pos = 3")
    result = run("restore", wrong, tmp_path / "back.db")

    assert result.exit_code == 1
    assert "Nothing was restored" in result.stderr
    assert not (tmp_path / "back.db").exists()


def test_a_backup_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    assert run("restore", tmp_path / "none.db", tmp_path / "back.db").exit_code == 3


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_completion(run: Run, shell: str) -> None:
    assert "_INTERLOCK_COMPLETE" in run("completion", shell).stdout


def test_completion_knows_commands_and_verbs(run: Run) -> None:
    words = {
        "_INTERLOCK_COMPLETE": "bash_complete",
        "COMP_WORDS": "interlock call claim",
        "COMP_CWORD": "2",
    }

    told = CliRunner(env=words).invoke(main, [], prog_name="interlock").stdout
    assert "claim_task" in told
    assert run("completion", "csh").exit_code == 2
