"""The commands that list things: tables for people, one JSON document for programs."""

import json

import pytest

from tests.unit.cli.conftest import Run

Ids = dict[str, str]


def test_tasks_are_listed_newest_first(run: Run, path: str, ids: Ids) -> None:
    found = json.loads(run("tasks", path, "--json").stdout)
    listed = [task["id"] for task in found["tasks"]]
    assert set(listed) == set(ids.values())
    assert listed == sorted(listed, key=lambda id: -int(id.rpartition("-")[2]))
    assert found["total"] == 5


def test_tasks_can_be_chosen(run: Run, path: str, ids: Ids) -> None:
    dead = json.loads(run("tasks", path, "--json", "--status", "dead").stdout)
    assert [task["id"] for task in dead["tasks"]] == [ids["dead"]]
    hard = json.loads(run("tasks", path, "--json", "--queue", "hard", "--limit", 1).stdout)
    assert (hard["total"], [task["id"] for task in hard["tasks"]]) == (2, [ids["revived"]])
    assert "1 of 2 tasks" in run("tasks", path, "--queue", "hard", "--limit", 1).stdout


def test_a_task_tells_its_story(run: Run, path: str, ids: Ids) -> None:
    told = run("tasks", path, ids["dead"])
    assert told.exit_code == 0
    order = ["TaskCreated", "TaskAttemptFailed", "TaskBecameDue", "LeaseExpired", "TaskDied"]
    places = [told.stdout.index(name) for name in order]
    assert places == sorted(places)
    found = json.loads(run("tasks", path, ids["dead"], "--json").stdout)
    assert found["task"]["status"] == "dead"
    assert found["events"][0]["type"] == "TaskCreated"


def test_a_task_that_is_not_there_is_an_error(run: Run, path: str) -> None:
    result = run("tasks", path, "task-0-999\x1b[2J")
    assert result.exit_code == 1
    assert "there is no task task-0-999\\x1b[2J" in result.stderr


@pytest.mark.parametrize("command", ["tasks", "agents", "messages", "dead-letters", "doctor"])
def test_a_table_is_one_json_document_for_programs(run: Run, path: str, command: str) -> None:
    result = run(command, path, "--json")
    assert result.exit_code == 0
    assert isinstance(json.loads(result.stdout), dict)


def test_agents_are_listed_with_what_they_hold(run: Run, path: str) -> None:
    agents = {
        agent["name"]: agent for agent in json.loads(run("agents", path, "--json").stdout)["agents"]
    }
    assert agents["reader"]["status"] == "paused"
    assert agents["reader"]["sessions_open"] == 1
    assert agents["reader"]["reason"] == "lunch"
    assert "paused" in run("agents", path).stdout


def test_messages_are_listed_with_what_became_of_them(run: Run, path: str) -> None:
    found = json.loads(run("messages", path, "--json").stdout)
    by_status: dict[str, int] = {}
    for delivery in found["deliveries"]:
        status = delivery["status"]
        by_status[status] = by_status.get(status, 0) + 1
    assert by_status == {"acked": 2, "dead": 1, "waiting": 2}
    waiting = json.loads(
        run("messages", path, "--json", "--status", "waiting", "--to", "absent").stdout
    )
    assert [item["message"]["payload_json"] for item in waiting["deliveries"]] == ['{"up":true}']
    assert [item["delivery"]["recipient"] for item in waiting["deliveries"]] == ["absent"]
    assert "read 0" in run("messages", path).stdout


def test_dead_letters_say_why(run: Run, path: str, ids: Ids) -> None:
    told = run("dead-letters", path).stdout
    assert "not mine" in told
    assert "TIMEOUT: the lease expired" in told
    tasks = json.loads(run("dead-letters", path, "--json", "--kind", "task").stdout)
    assert [letter["id"] for letter in tasks["dead_letters"]] == [ids["dead"]]
    assert len(tasks["dead_letters"][0]["body"]["causes"]) == 2


def test_a_replay_shows_the_state_as_it_was(run: Run, path: str, ids: Ids) -> None:
    born = int(ids["done"].rpartition("-")[2])
    then = json.loads(run("replay", path, "--to", born, "--json").stdout)
    tasks = [row for row in then["rows"] if row["kind"] == "task"]
    assert [(row["id"], row["status"], row["body"]["id"]) for row in tasks] == [
        (ids["done"], "ready", ids["done"])
    ]
    assert then["at_us"] > 0
    assert ids["done"] in run("replay", path, "--to", born).stdout
    assert "0 rows" in run("replay", path, "--to", 0).stdout


def test_a_replay_to_a_position_that_has_not_come_names_the_last_one(run: Run, path: str) -> None:
    result = run("replay", path, "--to", 10_000)
    assert result.exit_code == 1
    assert "choose a position up to" in result.stderr


def test_what_agents_wrote_cannot_act_on_a_terminal(run: Run, path: str, ids: Ids) -> None:
    for arguments in (("tasks", path), ("tasks", path, ids["done"]), ("tasks", path, "--json")):
        output = run(*arguments).stdout
        assert "naïve ☃" in output
        assert not {"\x1b", "\u202e"} & set(output)


def test_versions_are_told(run: Run) -> None:
    found = json.loads(run("version", "--json").stdout)
    assert {"interlock", "python", "apsw (SQLite)"} <= found.keys()
    assert "interlock" in run("version").stdout
