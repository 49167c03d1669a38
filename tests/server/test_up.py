"""`interlock up` as people run it: what it prints, why it does not start, and how it ends."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.server.process import END_S, running_server


def up(*options: str | Path) -> "subprocess.CompletedProcess[str]":
    """Runs `interlock up` where it cannot start."""
    command = [sys.executable, "-m", "interlock", "up", *map(str, options)]
    return subprocess.run(command, capture_output=True, text=True, timeout=END_S, check=False)


def test_the_first_start_shows_a_key_once_and_warns_that_it_is_open(tmp_path: Path) -> None:
    with running_server(tmp_path / "fleet.db") as server:
        key = server.key
        assert f"{server.url}/console" in server.banner
        opened = httpx2.get(f"{server.url}/v1/log")
        by_key = httpx2.get(f"{server.url}/v1/log", headers={"authorization": f"Bearer {key}"})
        status, said = server.end()

    assert key
    assert (opened.status_code, by_key.status_code, status) == (200, 200, 0)
    assert "OPEN" in said
    assert key not in said
    assert key.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("fleet.db*"))
    with running_server(tmp_path / "fleet.db") as again:
        assert again.key == ""


def test_keys_may_be_required_from_the_start(tmp_path: Path) -> None:
    with running_server(tmp_path / "fleet.db", "--require-keys") as server:
        refused = httpx2.get(f"{server.url}/v1/log")
        answer = httpx2.get(
            f"{server.url}/v1/log", headers={"authorization": f"Bearer {server.key}"}
        )
        _, said = server.end()

    assert (refused.status_code, answer.status_code) == (401, 200)
    assert "OPEN" not in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_server_that_ends_answers_whoever_waits(
    tmp_path: Path, number: signal.Signals
) -> None:
    with running_server(tmp_path / "fleet.db") as server:
        async with httpx2.AsyncClient(base_url=server.url, verify=False) as http:
            await http.get("/healthz")  # leaves an idle connection behind
            waiting = {"queue": "none", "wait_s": 50}
            polls = [asyncio.create_task(http.post("/v1/claim_task", json=waiting)) for _ in "12"]
            reading = asyncio.create_task(http.get("/v1/log?after=999&wait_s=50"))
            while b"parked_polls 2.0" not in (await http.get("/metrics")).content:
                pass
            status, said = await asyncio.to_thread(server.end, number)
            answers = [*await asyncio.gather(*polls), await reading]

    assert status == 0
    assert [answer.status_code for answer in answers] == [503] * 3
    assert {answer.json()["error"]["code"] for answer in answers} == {"closing"}
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_named_and_the_ledger_stays_untouched(tmp_path: Path) -> None:
    with running_server(tmp_path / "fleet.db") as server:
        port = server.url.rpartition(":")[2]
        found = up("--store", tmp_path / "other.db", "--port", port)

    assert found.returncode == 3
    assert f"cannot listen on 127.0.0.1 port {port}" in found.stderr
    assert not (tmp_path / "other.db").exists()


def test_a_ledger_that_another_process_has_is_named_with_its_owner(tmp_path: Path) -> None:
    with running_server(tmp_path / "fleet.db"):
        found = up("--store", tmp_path / "fleet.db", "--port", "0")

    assert found.returncode == 3
    assert "fleet.db.sock" in found.stderr
    assert "Traceback" not in found.stderr


def test_without_a_key_it_starts_for_this_machine_alone(tmp_path: Path) -> None:
    found = up("--store", tmp_path / "fleet.db", "--host", "0.0.0.0", "--port", "0")

    assert found.returncode == 3
    assert "interlock keys create" in found.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--port", "many"),
        ("--port", "70000"),
        ("--body-bytes-max", "1"),
        ("--config", "none.toml"),
        ("--nonsense",),
    ],
)
def test_misuse_is_told_and_changes_nothing(tmp_path: Path, options: tuple[str, ...]) -> None:
    found = up("--store", tmp_path / "fleet.db", *options)

    assert found.returncode == 2
    assert "Error: " in found.stderr
    assert not list(tmp_path.iterdir())


def test_the_log_is_json_if_asked_for_and_holds_no_key(tmp_path: Path) -> None:
    with running_server(tmp_path / "fleet.db", "--log-json", INTERLOCK_ACCESS_LOG="1") as server:
        headers = {"authorization": f"Bearer {server.key}"}
        httpx2.get(f"{server.url}/v1/log?after=1", headers=headers)
        httpx2.get(f"{server.url}/v1/log", headers={"authorization": "Bearer il_default_9_secret"})
        _, said = server.end()
        key = server.key

    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["event"] == "request"]
    assert [(each["path"], each["status"]) for each in requests] == [
        ("/v1/log", 200),
        ("/v1/log", 401),
    ]
    assert requests[1]["code"] == "unauthenticated"
    assert len(requests[0]["trace_id"]) == 32
    assert key not in said
    assert "secret" not in said
