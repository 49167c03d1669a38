"""Whatever is wrong with a request, the answer has one shape, a fitting status, and says what to do."""

import json

import httpx2
import pytest

from interlock.kernel.command import CODES
from interlock.server.refusals import HINTS, SERVER_CODES, STATUS, status_of


@pytest.mark.parametrize("code", sorted({**CODES, **SERVER_CODES}))
def test_every_code_has_a_hint_and_a_status(code: str) -> None:
    assert HINTS[code].endswith(".")
    assert 400 <= status_of(code) <= 503


def test_nothing_is_said_of_codes_that_do_not_exist() -> None:
    assert HINTS.keys() == {**CODES, **SERVER_CODES}.keys()
    assert STATUS.keys() <= HINTS.keys()


def error_of(answer: httpx2.Response, status: int, code: str) -> dict[str, object]:
    """The error, after a look at its shape."""
    found: dict[str, dict[str, object]] = answer.json()
    assert (answer.status_code, found["error"]["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/json"
    assert found.keys() == {"error"}
    assert found["error"].keys() == {"code", "message", "hint", "details"}
    assert found["error"]["message"]
    assert found["error"]["hint"]
    return found["error"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/nowhere"),
        ("POST", "/nowhere"),
        ("POST", "/v1"),
        ("POST", "/v1/"),
        ("POST", "/v1/no_such_verb"),
        ("POST", "/v1/create_task/"),
        ("POST", "/v1/create_task/x"),
        ("POST", "/v1/CreateTask"),
        ("GET", "/v1/tasks/"),
        ("GET", "/v1/nouns/x"),
        ("GET", "/v1/subscriptions/topic"),
        ("DELETE", "/v1/%00"),
    ],
)
async def test_a_path_that_leads_nowhere_is_not_found(
    http: httpx2.AsyncClient, method: str, path: str
) -> None:
    error_of(await http.request(method, path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/create_task", "POST"),
        ("DELETE", "/v1/create_task", "POST"),
        ("POST", "/v1/tasks/task-0-1", "GET"),
        ("PUT", "/v1/dead_letters", "GET"),
        ("POST", "/healthz", "GET"),
        ("DELETE", "/docs", "GET"),
    ],
)
async def test_a_method_that_does_not_go_with_its_path_is_told_which_ones_do(
    http: httpx2.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await http.request(method, path)
    error_of(answer, 405, "method_not_allowed")
    assert allowed in answer.headers["allow"]

    options = await http.options(path)
    assert (options.status_code, options.content) == (204, b"")
    assert allowed in options.headers["allow"]


async def test_a_head_request_gets_the_headers_alone(http: httpx2.AsyncClient) -> None:
    await http.post("/v1/create_task", json={"title": "t"})
    got = await http.get("/v1/tasks/task-0-1")
    head = await http.head("/v1/tasks/task-0-1")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"title": "\xff"}',
        b'{"title": "\\ud800"}',
        b'{"title": 5}',
        b'{"title": ""}',
        b'{"title": "t", "nonsense": 1}',
        b'{"title": "t", "type": "CreateTask"}',
        b'{"title": "t", "priority": 10}',
        b'{"title": "t", "payload": NaN}',
        b'{"title": "t", "payload": {"a": 1, "a": 2}}',
        b'{"title": "t", "payload": 1e999}',
        b'{"title": "t", "payload": 99999999999999999999}',
        b'{"title": "t", "payload": "\\ud800"}',
        b'{"title": "t", "payload": "\xff"}',
        b'{"title": "t", "payload": ' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"title": "t", "payload": ' + b"[" * 200_000,
        b'{"title": "t", "payload": "' + b"x" * 70_000 + b'"}',
        b'{"title": "t"} {}',
        b"\xef\xbb\xbf{}",
        b"title=t",
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)
async def test_a_body_that_is_no_command_is_invalid_and_creates_nothing(
    http: httpx2.AsyncClient, body: bytes
) -> None:
    error = error_of(await http.post("/v1/create_task", content=body), 400, "invalid")

    assert str(error["message"]).startswith("create_task: ")
    assert (await http.get("/v1/log")).json()["entries"] == []


async def test_an_error_names_the_field(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/v1/create_task", json={"title": "t", "backoff": {"base_s": "x"}})

    assert "$.backoff.base_s" in answer.json()["error"]["message"]


async def test_a_full_queue_says_when_to_come_again(http: httpx2.AsyncClient) -> None:
    await http.post("/v1/configure_queue", json={"queue": "default", "depth_max": 1})
    await http.post("/v1/create_task", json={"title": "t"})
    answer = await http.post("/v1/create_task", json={"title": "t"})

    error = error_of(answer, 429, "queue_full")
    assert error["details"] == {"queue": "default", "depth_max": 1}
    assert int(answer.headers["retry-after"]) > 0


async def test_a_conflict_with_the_present_state_is_one(http: httpx2.AsyncClient) -> None:
    await http.post("/v1/create_task", json={"title": "t"})
    claim = {"task_id": "task-0-1", "agent": "a"}
    await http.post("/v1/claim_task", json=claim)

    error = error_of(await http.post("/v1/claim_task", json=claim), 409, "already_claimed")
    assert error["details"]["agent"] == "a"  # type: ignore[index]


async def test_a_credential_that_opens_nothing_is_unauthenticated(http: httpx2.AsyncClient) -> None:
    for path in ("/v1/tasks/task-0-1", "/metrics"):
        answer = await http.get(path, headers={"authorization": "Bearer il_nonsense"})
        error_of(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "nonsense" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "nonsense=1",
        "limit=x",
        "limit=0",
        "limit=101",
        "limit=1&limit=2",
        "limit",
        "limit=%ff",
        "&".join(f"a{n}=1" for n in range(200)),
    ],
)
async def test_a_query_that_is_no_command_is_invalid(http: httpx2.AsyncClient, query: str) -> None:
    error_of(await http.get(f"/v1/dead_letters?{query}"), 400, "invalid")


async def test_a_path_and_its_query_may_not_name_the_same_field(http: httpx2.AsyncClient) -> None:
    error_of(await http.get("/v1/tasks/task-0-1?task_id=task-0-2"), 400, "invalid")


async def test_a_fault_of_the_server_is_told_without_its_inside(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("the inside")

    monkeypatch.setattr("interlock.server.api.read_command", break_down)
    answer = await http.post("/v1/create_task", json={"title": "t"})

    error = error_of(answer, 500, "internal")
    assert "inside" not in json.dumps(error)
    assert answer.headers["traceparent"].split("-")[1] in caplog.text
    assert "the inside" in caplog.text
