"""Keys are made, listed, rotated and ended from the command line, on a ledger or through a server."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock.server.serve import Serving, serve
from interlock.server.settings import Settings
from tests.unit.cli.conftest import Run


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Where a ledger may stand."""
    return tmp_path / "fleet.db"


@pytest.fixture
def serving(ledger: Path) -> Iterator[Serving]:
    """A server in a thread of its own: the commands run loops of their own."""
    loop = asyncio.new_event_loop()
    ending = asyncio.Event()
    found: list[Serving] = []
    ready = threading.Event()

    async def live() -> None:
        async with serve(Settings(store=str(ledger), port=0)) as started:
            found.append(started)
            ready.set()
            await ending.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(live(),))
    thread.start()
    assert ready.wait(10)
    yield found[0]
    loop.call_soon_threadsafe(ending.set)
    thread.join()
    loop.close()


def test_a_key_is_printed_alone_so_that_a_script_can_take_it(run: Run, ledger: Path) -> None:
    made = run("keys", "create", "ann", "--ledger", ledger)

    assert made.exit_code == 0
    assert made.stdout.startswith("il_default_1_")
    assert len(made.stdout.splitlines()) == 1
    assert "not shown again" in made.stderr


def test_keys_of_a_ledger_that_nobody_has_open(run: Run, ledger: Path) -> None:
    asked = ["--role", "operator", "--verb", "get_task", "--queue", "mail", "--expires-s", "3600"]
    made = json.loads(run("keys", "create", "ola", *asked, "--json", "--ledger", ledger).stdout)
    (listed,) = json.loads(run("keys", "list", "--json", "--ledger", ledger).stdout)["keys"]

    assert (listed["key_id"], listed["role"]) == (made["key_id"], "operator")
    assert (listed["verbs"], listed["queues"]) == (["get_task"], ["mail"])
    rotated = run("keys", "rotate", made["key_id"], "--ledger", ledger)
    assert rotated.stdout.strip() not in ("", made["key"])
    assert "is revoked" in run("keys", "revoke", made["key_id"], "--ledger", ledger).stdout
    ended = json.loads(run("keys", "revoke", made["key_id"], "--json", "--ledger", ledger).stdout)
    assert ended["is_duplicate"]
    assert "0 keys" in run("keys", "list", "--ledger", ledger).stdout


def test_keys_of_a_ledger_that_a_server_has_open_work_at_once(
    run: Run, ledger: Path, serving: Serving
) -> None:
    key = run("keys", "create", "ada", "--role", "admin", "--ledger", ledger).stdout.strip()

    listed = run("keys", "list", "--url", serving.url, "--key", key)

    assert "ada" in listed.stdout
    assert not serving.door.is_open


def test_keys_of_a_server(run: Run, serving: Serving) -> None:
    place = {"INTERLOCK_URL": serving.url}
    admin = run("keys", "create", "ada", "--role", "admin", **place).stdout.strip()
    place["INTERLOCK_KEY"] = admin

    made = json.loads(
        run("keys", "create", "ann", "--namespace", "team-b", "--json", **place).stdout
    )
    assert made["key"].startswith("il_team-b_1_")
    listed = run("keys", "list", "--namespace", "team-b", **place).stdout
    assert "key-team-b-1  ann   agent" in listed
    rotated = run("keys", "rotate", made["key_id"], "--namespace", "team-b", **place).stdout
    assert rotated.startswith("il_team-b_1_")
    run("keys", "revoke", made["key_id"], "--namespace", "team-b", **place)
    assert "0 keys" in run("keys", "list", "--namespace", "team-b", **place).stdout


def test_keys_of_another_namespace_of_a_ledger(run: Run, ledger: Path) -> None:
    elsewhere = ["--ledger", ledger, "--namespace", "team-b"]

    assert run("keys", "create", "eve", *elsewhere).stdout.startswith("il_team-b_1_")
    assert "eve" in run("keys", "list", *elsewhere).stdout
    assert not ledger.exists()
    asked = run("keys", "create", "eve", "--ledger", ledger, "--namespace", "../x")
    assert asked.exit_code == 1
    assert "is no namespace" in asked.stderr


def test_a_long_list_of_keys_is_listed_to_its_end(run: Run, ledger: Path) -> None:
    from interlock.kernel.access.create import CreateKey
    from interlock.plane import open as open_plane

    async def fill() -> None:
        async with open_plane(ledger) as plane:
            for number in range(102):
                await plane.call(CreateKey(name=f"agent {number}", digest="a" * 64))

    asyncio.run(fill())

    listed = json.loads(run("keys", "list", "--json", "--ledger", ledger).stdout)["keys"]
    assert [key["name"] for key in listed] == [f"agent {number}" for number in range(102)]


def test_what_goes_wrong_is_said_in_a_sentence(run: Run, ledger: Path, serving: Serving) -> None:
    run("keys", "create", "ada", "--role", "admin", "--ledger", ledger)
    wrong = "il_default_1_" + "0" * 64

    for status, word, arguments in (
        (3, "there is no ledger", ["list", "--ledger", ledger.with_name("none.db")]),
        (3, "INTERLOCK_KEY", ["list", "--url", serving.url]),
        (3, "unknown, revoked or expired", ["list", "--url", serving.url, "--key", wrong]),
        (3, "no hub answers", ["list", "--url", "http://127.0.0.1:9"]),
        (1, "there is no key key-0-99", ["revoke", "key-0-99", "--ledger", ledger]),
        (1, "there is no verb fly", ["create", "x", "--verb", "fly", "--ledger", ledger]),
        (1, "name", ["create", "", "--ledger", ledger]),
    ):
        told = run("keys", *arguments)
        assert (told.exit_code, word in told.stderr) == (status, True), told.output
