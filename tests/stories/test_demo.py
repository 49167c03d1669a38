"""The demo: real documents, agents in real processes, real kills, and the same answers whatever happens."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from interlock.demo.sample_set import SAMPLES, load_expected

EXPECTED = load_expected()
SMALL = (
    "invoice-eur.pdf",
    "support-login.eml",
    "meeting-german.md",
    "statement-pipe.csv",
    "empty.txt",
)


class Run(msgspec.Struct, frozen=True):
    """One run of the command."""

    status: int
    out: str
    err: str
    report: dict[str, Any]
    answers: dict[str, Any]
    answers_bytes: bytes


@pytest.fixture
def surroundings() -> Iterator[dict[str, str]]:
    """An environment with a temporary folder of its own, under a short name: sockets must fit into theirs.

    The children are not traced: what is killed leaves half a trace.
    """
    folder = tempfile.mkdtemp(prefix="demo-")
    hidden = {"COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"}
    yield {k: v for k, v in os.environ.items() if k not in hidden} | {"TMPDIR": folder}
    shutil.rmtree(folder)


@pytest.fixture
def small_folder(tmp_path: Path) -> Path:
    """A few documents, one of them in a subfolder, one under a name that is no text, one of no known kind."""
    folder = tmp_path / "documents"
    (folder / "archive").mkdir(parents=True)
    documents = SAMPLES / "documents"
    for name in SMALL:
        shutil.copy(documents / name, folder / name)
    shutil.copy(documents / "contract-french.md", folder / "archive" / "contract.md")
    shutil.copy(documents / "recipe.txt", os.fsencode(folder) + b"/na\xefve")
    return folder


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from interlock.cli import main; main()", "demo", *arguments]


def run_demo(folder: Path, surroundings: dict[str, str], *arguments: str) -> Run:
    report = folder / f"report-{len(list(folder.iterdir()))}"
    as_json = folder / f"{report.name}.json"
    told = ("--report", str(report), "--json", str(as_json), *arguments)
    ended = subprocess.run(
        command(*told), env=surroundings, cwd=folder, capture_output=True, text=True, check=False
    )
    assert as_json.exists(), ended.stderr
    assert as_json.read_bytes() == (report / "report.json").read_bytes()
    assert (report / "report.html").read_text().startswith("<!doctype html>")
    answers_bytes = (report / "answers.jsonl").read_bytes()
    lines = [msgspec.json.decode(line) for line in answers_bytes.splitlines()]
    return Run(
        status=ended.returncode,
        out=ended.stdout,
        err=ended.stderr,
        report=msgspec.json.decode(as_json.read_bytes()),
        answers={answer.get("source") or answer["result"]["source"]: answer for answer in lines},
        answers_bytes=answers_bytes,
    )


def test_five_kills_change_nothing_in_the_answers_to_the_samples(
    tmp_path: Path, surroundings: dict[str, str]
) -> None:
    calm = run_demo(tmp_path, surroundings)
    stormy = run_demo(tmp_path, surroundings, "--kill", "5", "--seed", "7")
    for run in (calm, stormy):
        summary = run.report["summary"]
        assert run.status == 0, run.out + run.err
        assert run.report["is_complete"]
        assert summary["documents_in"] == len(EXPECTED) >= 40
        assert summary["losses"] == summary["duplicates"] == 0
        assert summary["verify_ok"]
        assert run.err.count("\n") > 2
    assert calm.report["summary"]["kills"] == 0
    assert stormy.report["summary"]["kills"] == 5
    assert stormy.report["summary"]["reclaimed_leases"] >= 5
    assert {kill["agent"] for kill in stormy.report["kills"]} == {
        "reader", "extractor", "classifier", "summariser", "archivist",
    }  # fmt: skip
    assert stormy.answers_bytes == calm.answers_bytes
    assert ends(calm) == {name: expected_end(name) for name in EXPECTED}


def ends(run: Run) -> dict[str, str]:
    return {
        source: answer["dead_letter"]["reason"]
        if "dead_letter" in answer
        else answer["result"]["class"]["document_class"]
        for source, answer in run.answers.items()
    }


def expected_end(name: str) -> str:
    expected: dict[str, Any] = EXPECTED[name]
    if shutil.which("tesseract") and "with_ocr" in expected:
        expected = expected["with_ocr"]
    return str(expected.get("dead_letter") or expected["class"])


def test_a_folder_of_ones_own_survives_two_kills_and_its_ledger_verifies(
    tmp_path: Path, small_folder: Path, surroundings: dict[str, str]
) -> None:
    ledger = tmp_path / "kept.db"
    run = run_demo(
        tmp_path, surroundings, "--docs", str(small_folder), "--kill", "2", "--keep", str(ledger),
        "--processes", "2",
    )  # fmt: skip
    assert run.status == 0, run.out + run.err
    assert run.report["summary"]["kills"] == 2
    assert ends(run) == {
        "archive/contract.md": "contract",
        "empty.txt": "empty",
        "invoice-eur.pdf": "invoice",
        "meeting-german.md": "meeting_notes",
        "na�ve": "other",
        "statement-pipe.csv": "statement",
        "support-login.eml": "support_mail",
    }
    proof = [sys.executable, "-c", "from interlock.cli import main; main()", "verify", str(ledger)]
    verified = subprocess.run(proof, env=surroundings, capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stdout
    assert "is whole" in verified.stdout


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_no_agent_outlives_the_demo(
    number: signal.Signals, status: int, tmp_path: Path, surroundings: dict[str, str]
) -> None:
    demo = subprocess.Popen(
        command("--report", str(tmp_path / "report")),
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert demo.stderr is not None
    while " read, " not in (line := demo.stderr.readline()) or " 0 filed" in line:
        assert demo.poll() is None
    demo.send_signal(number)
    # The agents hold the pipes as well: only when the last of them is gone does this return.
    out, _ = demo.communicate(timeout=60)
    assert demo.returncode == status
    assert ("Stopped before every document was done." in out) == (status > 0)
