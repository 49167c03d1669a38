"""Around the tools: what is not installed, what is not there, and traces."""

import json
from typing import Any

import httpx2
import pytest
from mcp import MCPError

from interlock.server.mcp import mount
from interlock.server.mcp.arguments import fields_of
from interlock.server.mcp.fences import AMBIGUOUS, Fences, Slot
from interlock.server.serve import serve
from interlock.server.settings import Settings
from tests.server.mcp.conftest import ONE_VERSION, Connect
from tests.server.mcp.tool_call import call, refused

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_without_the_package_the_server_runs_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mount, "find_spec", lambda name: None)
    async with (
        serve(Settings(store=":memory:", port=0)) as serving,
        httpx2.AsyncClient(base_url=serving.url) as http,
    ):
        missing = await http.post("/mcp", json={})
        assert (await http.get("/healthz")).status_code == 200

    assert missing.status_code == 404
    assert "interlock[mcp]" in missing.json()["error"]["message"]


async def test_an_unknown_tool_is_an_error_of_the_protocol(connect: Connect) -> None:
    async with connect() as client:
        with pytest.raises(MCPError) as unknown:
            await client.call_tool("fly", {})

    assert unknown.value.error.code == -32602


@ONE_VERSION
async def test_a_misspelt_argument_is_refused_by_its_name(connect: Connect) -> None:
    async with connect() as client:
        error = await refused(client, "create_task", {"title": "Build", "prioritty": 3})

    assert error["code"] == "invalid"
    assert "prioritty" in error["message"]


async def test_a_trace_goes_on_in_the_work(connect: Connect) -> None:
    async with connect(traceparent=TRACE) as client:
        id = (await call(client, "create_task", {"title": "Build"}))["id"]
        claimed = await client.call_tool("claim_task", {"taskId": id})
        log = await call(client, "read_log", {})

    trace_id = TRACE.split("-")[1]
    assert not claimed.is_error
    assert trace_id in json.dumps(log)


@pytest.mark.parametrize(
    ("verb", "arguments", "fields"),
    [
        ("create_task", {"runId": "r", "type": "x"}, {"run_id": "r", "category": "x"}),
        ("complete_task", {"taskId": "t", "result": {"aB": 1}}, {"result": {"aB": 1}}),
        ("configure_queue", {"queue": "q", "weights": {"tenantA": 2}}, {"weights": {"tenantA": 2}}),
        ("get_tasks", {"status": ["created", "failed"]}, {"status": ["ready", "dead"]}),
        ("get_tasks", {"status": "created"}, {"order": "oldest"}),
        ("claim_task", {"taskId": "t"}, {"task_id": "t"}),
    ],
)
def test_arguments_may_be_spelt_either_way_and_what_agents_wrote_stays(
    verb: str, arguments: dict[str, Any], fields: dict[str, Any]
) -> None:
    assert fields.items() <= fields_of(verb, arguments).items()


def test_the_memory_of_fences_is_bounded() -> None:
    fences = Fences(fences_max=2)
    slot = Slot("default", "builder", "s")
    for number in range(3):
        fences.keep(slot, f"task-0-{number}", number)

    assert fences.find(slot, "task-0-0") is None
    assert fences.find(slot, "task-0-2") == 2


def test_an_ambiguous_fence_stays_so() -> None:
    fences, slot = Fences(), Slot("default", "builder", "")
    for fence in (1, 2, 3):
        fences.keep(slot, "task-0-1", fence)

    assert fences.find(slot, "task-0-1") == AMBIGUOUS


async def test_sessions_are_kept_apart_by_a_header(connect: Connect) -> None:
    headers = {"Interlock-Agent": "builder"}
    async with (
        connect(**headers, **{"Interlock-Session": "one"}) as first,
        connect(**headers, **{"Interlock-Session": "two"}) as second,
    ):
        id = (await call(first, "create_task", {"title": "Build"}))["id"]
        await call(first, "claim_task", {"taskId": id})
        error = await refused(second, "complete_task", {"taskId": id})
        task = await call(second, "get_task", {"taskId": id})

    assert error["code"] == "stale_fence"
    assert (task["holder_agent"], task["holder_session"]) == ("builder", "one")
