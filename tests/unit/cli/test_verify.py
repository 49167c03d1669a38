"""`interlock verify` says whether a ledger is whole, in words, in JSON, and by its exit status."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run
from tests.unit.cli.spoil import spoil


def test_a_ledger_in_order_is_whole(run: Run, path: str) -> None:
    result = run("verify", path)
    assert result.exit_code == 0
    assert "is whole" in result.output
    assert result.stderr == ""


def test_the_anchor_that_verify_prints_is_the_one_that_it_takes(run: Run, path: str) -> None:
    anchor = run("verify", path).stdout.split("anchor ")[1].strip()
    assert run("verify", path, "--anchor", anchor).exit_code == 0
    head = anchor.partition(":")[0]
    forged = run("verify", path, "--anchor", f"{head}:{'0' * 64}")
    assert forged.exit_code == 1
    assert "anchor" in forged.stdout


def test_the_proof_as_json_is_one_document(run: Run, path: str) -> None:
    result = run("verify", path, "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["holds"], found["fault"]) == (0, True, None)
    assert found["events"] == found["head"] > 30


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("UPDATE event SET body = replace(body, 'reader', 'raeder') WHERE pos = 9", "chain"),
        ("DELETE FROM event WHERE pos = 9", "gap"),
        ("DELETE FROM link WHERE first = 9", "gap"),
        ("UPDATE event SET body = body || char(10) WHERE pos = 9", "chain"),
        ("UPDATE state SET status = 'ready' WHERE kind = 'task' AND status = 'done'", "row"),
        ("DELETE FROM state WHERE kind = 'task' AND status = 'dead'", "row"),
        ("UPDATE state SET body = 'nonsense' WHERE kind = 'task' AND status = 'done'", "row"),
    ],
)
def test_a_spoilt_ledger_is_found_wrong(
    run: Run, path: str, tmp_path: Path, sql: str, kind: str
) -> None:
    spoilt = spoil(path, tmp_path / "spoilt.db", sql)
    told = run("verify", spoilt)
    assert told.exit_code == 1
    assert "is WRONG at position" in told.stdout
    found = json.loads(run("verify", spoilt, "--json").stdout)
    assert (found["holds"], found["fault"]["kind"]) == (False, kind)
    assert kind == "row" or found["fault"]["pos"] == 9


@pytest.mark.parametrize(
    "anchor", ["7", "7:abc", "x:" + "0" * 64, "²:" + "0" * 64, "7:" + "g" * 64]
)
def test_a_malformed_anchor_is_a_misuse(run: Run, path: str, anchor: str) -> None:
    result = run("verify", path, "--anchor", anchor)
    assert result.exit_code == 2
    assert "64 hex digits" in result.stderr
