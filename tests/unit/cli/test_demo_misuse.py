"""A demo that cannot be begun is refused in one sentence, before anything is done."""

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "letter.txt").write_text("Dear reader")
    return tmp_path


def refused(run: Run, folder: Path, *arguments: object) -> str:
    result = run("demo", "--report", folder / "report", *arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert not list(folder.rglob("*.html"))
    return " ".join(result.stderr.split())


def test_a_missing_folder(run: Run, folder: Path) -> None:
    assert "does not exist" in refused(run, folder, "--docs", folder / "nowhere")


def test_a_file_instead_of_a_folder(run: Run, folder: Path) -> None:
    told = refused(run, folder, "--docs", folder / "documents" / "letter.txt")
    assert "is a file" in told


def test_a_folder_without_documents(run: Run, folder: Path) -> None:
    (folder / "empty").mkdir()
    (folder / "empty" / ".hidden").write_text("no document")
    assert "there are no documents in" in refused(run, folder, "--docs", folder / "empty")


def test_a_folder_with_too_many_documents(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interlock.demo.sample_set.DOCUMENTS_MAX", 0)
    assert "split it" in refused(run, folder, "--docs", folder / "documents")


def test_a_ledger_that_exists_is_left_alone(run: Run, folder: Path) -> None:
    ledger = folder / "kept.db"
    ledger.write_bytes(b"precious")
    assert "name a new ledger" in refused(run, folder, "--keep", ledger)
    assert ledger.read_bytes() == b"precious"


@pytest.mark.parametrize("option", ["--keep", "--json"])
def test_a_file_in_a_folder_that_is_not_there(run: Run, folder: Path, option: str) -> None:
    assert f"{option}: there is no folder" in refused(
        run, folder, option, folder / "nowhere" / "it"
    )


def test_a_report_folder_that_cannot_be_made(run: Run, folder: Path) -> None:
    (folder / "report").write_text("in the way")
    assert "report" in refused(run, folder)


@pytest.mark.parametrize(
    "arguments", [("--processes", 0), ("--processes", 17), ("--kill", -1), ("--kill", 51)]
)
def test_numbers_out_of_range(run: Run, folder: Path, arguments: tuple[object, ...]) -> None:
    assert "is not in the range" in refused(run, folder, *arguments)
