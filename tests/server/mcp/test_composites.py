"""Tools that save a model several calls."""

import asyncio
from typing import Any

import httpx2
from mcp import Client

from interlock.server.serve import Serving
from tests.server.mcp.conftest import Connect
from tests.server.mcp.tool_call import call, refused

EXTENSION = "io.modelcontextprotocol/tasks"


async def test_a_question_is_asked_and_answered_in_one_call(connect: Connect) -> None:
    async with connect() as client, connect() as other:
        question = {"source": "agent-a", "target": "agent-b", "message": "Which branch?"}
        asking = asyncio.create_task(call(client, "ask", question))
        asked = await call(other, "get_messages", {"agent": "agent-b", "wait_s": 10})
        [query] = asked["messages"]
        answer = {"source": "agent-b", "target": "agent-a", "message_type": "RESULT"}
        await call(other, "send_message", {**answer, "message": "main", "reply_to": query["id"]})
        answered = await asking

    assert query["message_type"] == "QUERY"
    assert answered["answered"] is True
    assert answered["answer"]["message"] == "main"


async def test_a_question_without_an_answer_says_where_it_will_come(connect: Connect) -> None:
    async with connect() as client:
        question = {"source": "agent-a", "target": "agent-b", "message": "Hello?", "wait_s": 0}
        answered = await call(client, "ask", question)

    assert answered["answered"] is False
    assert "get_messages" in answered["next"]


async def test_a_raised_hand_stands_where_people_look(connect: Connect) -> None:
    async with connect() as client:
        id = (await call(client, "create_task", {"title": "Build"}))["id"]
        await call(client, "claim_task", {"taskId": id})
        await call(client, "request_help", {"taskId": id, "reason": "no access to staging"})
        seen = await call(client, "read_topic", {"topic": "escalation"})

    [event] = seen["events"]
    assert event["payload"]["reason"] == "no access to staging"
    assert event["task_id"] == id


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


async def test_a_malformed_call_of_a_composite_is_refused(connect: Connect) -> None:
    async with connect() as client:
        assert (await refused(client, "ask", {"message": "To whom?"}))["code"] == "invalid"
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
