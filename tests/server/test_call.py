"""`interlock call`: any verb from the command line, on a server or on a ledger."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from interlock.cli import main
from interlock.kernel.decide import VERBS
from tests.server.process import ServerProcess, running_server


def call(*arguments: str | Path, stdin: str = "", **environment: str) -> Result:
    """Runs `interlock call`; an exception that nobody foresaw fails the test."""
    result = CliRunner().invoke(main, ["call", *map(str, arguments)], input=stdin, env=environment)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that asks for a key."""
    store = tmp_path_factory.mktemp("call") / "fleet.db"
    with running_server(store, "--require-keys") as running:
        yield running


def test_the_answer_is_printed_as_json(server: ServerProcess) -> None:
    where = ("--url", server.url, "--key", server.key)
    created = call("create_task", "--json", '{"title": "Read", "payload": {"page": 3}}', *where)
    task_id = json.loads(created.stdout)["task_id"]
    got = call("get_task", "--json", json.dumps({"task_id": task_id}), *where)

    assert (created.exit_code, got.exit_code) == (0, 0)
    assert json.loads(got.stdout)["payload"] == {"page": 3}


def test_the_environment_names_the_server_and_standard_input_the_fields(
    server: ServerProcess,
) -> None:
    result = call(
        "create_task",
        "--json",
        "-",
        stdin='{"title": "é"}',
        INTERLOCK_URL=server.url + "/",
        INTERLOCK_KEY=server.key,
    )

    assert result.exit_code == 0


def test_a_refusal_is_printed_with_its_hint_and_a_status(server: ServerProcess) -> None:
    missing = call(
        "get_task", "--json", '{"task_id": "task-0-999"}', "--url", server.url, "--key", server.key
    )
    keyless = call("get_queue", "--json", '{"queue": "q"}', "--url", server.url)

    assert (missing.exit_code, keyless.exit_code) == (1, 1)
    assert json.loads(missing.stdout)["error"]["code"] == "not_found"
    assert "refused: there is no task task-0-999" in missing.stderr
    assert json.loads(keyless.stdout)["error"]["code"] == "unauthenticated"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "nonsense", "ftp://127.0.0.1", "http://", "http://127.0.0.1:x"]
)
def test_an_address_where_nobody_answers_is_named(url: str) -> None:
    result = call("get_queue", "--json", '{"queue": "q"}', "--url", url)

    assert result.exit_code == 3
    assert url in result.stderr


def test_something_else_that_answers_is_no_plane(server: ServerProcess) -> None:
    result = call("get_queue", "--url", f"{server.url}/docs/page.js?")

    assert result.exit_code in (1, 3)


@pytest.mark.parametrize("text", ["{", "[]", "5", "nonsense"])
def test_fields_that_are_no_object_are_misuse(text: str) -> None:
    assert call("get_queue", "--json", text).exit_code == 2


def test_a_ledger_of_this_machine_needs_no_server(server: ServerProcess, tmp_path: Path) -> None:
    path = tmp_path / "own.db"
    with running_server(path) as owner:
        owned = call("create_task", "--json", '{"title": "t"}', "--store", path)
        owner.end()
    alone = call("get_task", "--json", '{"task_id": "task-0-3"}', "--store", path)
    missing = call("get_task", "--json", '{"task_id": "task-0-9"}', "--store", path)
    invalid = call("create_task", "--store", path)

    assert json.loads(owned.stdout)["status"] == "ready"
    assert alone.exit_code in (0, 1)
    assert json.loads(missing.stdout)["error"]["hint"]
    assert (missing.exit_code, invalid.exit_code) == (1, 1)
    assert call("get_queue", "--store", tmp_path / "none.db").exit_code == 3
    both = call("get_queue", "--store", path, "--url", server.url)
    assert both.exit_code == 2


def test_every_verb_is_listed_and_explains_its_fields() -> None:
    listed = call("--help").stdout
    for verb, kind in VERBS.items():
        told = call(verb, "--help").stdout
        assert verb in listed
        assert "Fields:" in told
        for field in set(kind.__struct_fields__) - set(kind.sealed):
            assert field in told
    assert "[required]" in call("create_task", "--help").stdout
    assert call("no_such_verb").exit_code == 2


def test_what_the_answer_holds_cannot_act_on_the_terminal(server: ServerProcess) -> None:
    where = ("--url", server.url, "--key", server.key)
    hostile = json.dumps({"description": "\x1b[31m\u202e"})
    result = call("register_agent", "--json", hostile, *where)

    assert result.exit_code == 0
    assert not set(result.stdout) & {"\x1b", "\u202e"}
