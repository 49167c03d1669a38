"""`run_task`, which saves a model several calls, and the tasks of the protocol."""

import asyncio
from typing import Any

import httpx2
from mcp import Client

from interlock.server.serve import Serving
from tests.server.mcp.conftest import ONE_VERSION, Connect
from tests.server.mcp.tool_call import call, refused

EXTENSION = "io.modelcontextprotocol/tasks"


async def test_a_task_is_run_and_waited_for(connect: Connect) -> None:
    async with connect() as client, connect() as worker:
        running = asyncio.create_task(call(client, "run_task", {"title": "Build"}))
        claimed = await call(worker, "claim_task", {})
        await call(worker, "complete_task", {"taskId": claimed["id"], "result": {"ok": 1}})
        done = await running

    assert (done["status"], done["result"]) == ("done", {"ok": 1})


async def test_a_client_with_tasks_gets_one_and_asks_for_it_until_it_ended(
    server: Serving, http: httpx2.AsyncClient
) -> None:
    async with Client(f"{server.url}/mcp") as worker:
        told = await raw(http, "tools/call", name="run_task", arguments={"title": "Build"})
        id = told["taskId"]
        waiting = await raw(http, "tasks/get", taskId=id)
        await call(worker, "claim_task", {"taskId": id})
        await call(worker, "complete_task", {"taskId": id, "result": {"ok": 1}})
        ended = await raw(http, "tasks/get", taskId=id)

    assert (told["resultType"], told["status"]) == ("task", "working")
    assert waiting["status"] == "working"
    assert (ended["status"], ended["result"]["structuredContent"]) == ("completed", {"ok": 1})


@ONE_VERSION
async def test_a_malformed_call_of_run_task_is_refused(connect: Connect) -> None:
    async with connect() as client:
        assert (await refused(client, "run_task", {}))["code"] == "invalid"


async def raw(http: httpx2.AsyncClient, method: str, **params: Any) -> dict[str, Any]:
    """The result of a request of a client that declares tasks."""
    version = "2026-07-28"
    meta = {
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientCapabilities": {"extensions": {EXTENSION: {}}},
    }
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": version,
        "Mcp-Method": method,
        "Mcp-Name": str(params.get("name", params.get("taskId"))),
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    answer = await http.post("/mcp", json=body, headers=headers)
    found: dict[str, Any] = answer.json()["result"]
    return found
