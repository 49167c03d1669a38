"""Answers hold every field as a value, and requests may be repeated."""

import httpx2
import pytest

from interlock.kernel.ledger import LogEntry, LogPage
from interlock.kernel.task.claim import Claim, NothingReady
from interlock.kernel.task.model import Cause, Task
from interlock.kernel.task.view import TaskView
from interlock.server.render import builtins_of


def test_json_texts_go_out_as_values_and_defaults_are_there() -> None:
    claim = Claim(
        task_id="task-0-1",
        fence=2,
        attempt=1,
        lease_ms=1_000,
        title="t",
        queue="q",
        payload_json='{"a":[1,2.50,"x"]}',
        steps={"read": "[1]", "write": "null"},
    )
    found = builtins_of(claim)

    assert found["payload"] == {"a": [1, 2.5, "x"]}
    assert found["steps"] == {"read": [1], "write": None}
    assert found["checkpoint"] is None
    assert found["instructions"] == ""
    assert "type" not in found
    assert not [name for name in found if name.endswith("_json")]


def test_the_parts_of_an_answer_are_whole_too() -> None:
    task = Task(
        id="task-0-1",
        pos=1,
        created_us=1,
        title="t",
        queue="q",
        status="dead",
        priority=4,
        lease_ms=1,
        attempts_max=1,
        backoff_base_ms=1,
        backoff_cap_ms=1,
        causes=(Cause(pos=3, error_class="TIMEOUT", message="late"),),
        result_json='"done"',
    )
    found = builtins_of(TaskView(task=task))

    assert found["task"]["result"] == "done"
    assert found["task"]["progress"] is None
    assert found["task"]["causes"] == [
        {"pos": 3, "error_class": "TIMEOUT", "message": "late", "attempt": 0, "agent": ""}
    ]


def test_the_events_of_the_log_are_values() -> None:
    page = LogPage(next_after=1, entries=(LogEntry(1, '{"type":"TaskCreated","at_us":5}'),))

    assert builtins_of(page)["entries"] == [
        {"pos": 1, "event": {"type": "TaskCreated", "at_us": 5}}
    ]


def test_an_empty_answer_is_one() -> None:
    assert builtins_of(NothingReady()) == {"reason": "empty"}


@pytest.mark.parametrize("text", ['{"a": [1, 2]}', '{\n "a":[1,2] }', '{"a":[1,2]}'])
async def test_the_spaces_of_a_payload_do_not_matter(http: httpx2.AsyncClient, text: str) -> None:
    body = b'{"title": "t", "idempotency_key": "k", "payload": ' + text.encode() + b"}"
    first = await http.post("/v1/create_task", content=body)
    again = {"title": "t", "idempotency_key": "k", "payload": {"a": [1, 2]}}

    assert first.status_code == 200
    assert (await http.post("/v1/create_task", json=again)).json()["is_duplicate"]


async def test_the_same_idempotency_key_gets_the_first_answer(http: httpx2.AsyncClient) -> None:
    key = {"idempotency-key": "r-1"}
    first = await http.post("/v1/create_task", json={"title": "t"}, headers=key)
    again = await http.post("/v1/create_task", json={"title": "t"}, headers=key)
    named = await http.post("/v1/create_task", json={"title": "t", "request_id": "r-1"})
    other = await http.post("/v1/create_task", json={"title": "u"}, headers=key)

    assert first.json() == again.json() == named.json()
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")


async def test_a_header_and_a_body_that_name_two_requests_are_refused(
    http: httpx2.AsyncClient,
) -> None:
    fields = {"title": "t", "request_id": "a"}
    answer = await http.post("/v1/create_task", json=fields, headers={"idempotency-key": "b"})
    same = await http.post("/v1/create_task", json=fields, headers={"idempotency-key": "a"})
    long = await http.post("/v1/create_task", headers={"idempotency-key": "k" * 201})

    assert (answer.status_code, same.status_code, long.status_code) == (400, 200, 400)
