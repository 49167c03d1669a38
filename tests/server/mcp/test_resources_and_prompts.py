"""What a client reads by its address, and what a session is told at its start and end."""

import json
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError

from interlock.server.mcp.answers import OUTPUT_CHARS_MAX
from interlock.server.mcp.thread import MESSAGES_MAX
from tests.server.mcp.conftest import ONE_VERSION, Connect
from tests.server.mcp.tool_call import call


async def read(client: Client, uri: str) -> Any:
    """What stands at an address."""
    [contents] = (await client.read_resource(uri)).contents
    return json.loads(contents.text)


async def prompt(client: Client, name: str, **arguments: str) -> str:
    """The text of a prompt."""
    [message] = (await client.get_prompt(name, arguments)).messages
    return message.content.text


async def test_the_fleet_a_task_and_an_agents_state_are_read_by_address(connect: Connect) -> None:
    async with connect() as client:
        id = (await call(client, "create_task", {"title": "Build", "payload": {"page": 3}}))["id"]
        summary = {"handoffNotes": "go on"}
        await call(
            client, "update_program_state", {"programId": "builder", "contextSummary": summary}
        )
        listed = [str(each.uri) for each in (await client.list_resources()).resources]
        templates = (await client.list_resource_templates()).resource_templates
        fleet = await read(client, "interlock://fleet")
        task = await read(client, f"interlock://tasks/{id}")
        story = await read(client, f"interlock://tasks/{id}/timeline")
        state = await read(client, "interlock://agents/builder/state")

    assert listed == ["interlock://fleet"]
    assert "interlock://tasks/{id}" in {each.uri_template for each in templates}
    assert fleet["tasks"]["ready"] == 1
    assert [entry["type"] for entry in story["entries"]] == ["TaskCreated"]
    assert task["payload"] == {"page": 3}
    assert state["context_summary"]["handoff_notes"] == "go on"


@ONE_VERSION
async def test_an_address_where_nothing_stands_is_an_error(connect: Connect) -> None:
    nowhere = ("tasks/task-0-99", "tasks/task-0-99/timeline", "threads/none", "nowhere")
    async with connect() as client:
        for uri in (f"interlock://{path}" for path in nowhere):
            with pytest.raises(MCPError) as refused:
                await client.read_resource(uri)
            assert refused.value.error.code == -32602
            assert refused.value.error.data == {"uri": uri}


async def test_a_thread_is_read_from_its_first_message_on(connect: Connect) -> None:
    first = {"source": "agent-a", "target": "agent-b", "thread_id": "pr/142", "message": "Ready?"}
    async with connect() as client:
        await call(client, "send_message", {**first, "thread_id": "other"})
        asked = await call(client, "send_message", first)
        answer = {"source": "agent-b", "target": "agent-a", "thread_id": "pr/142"}
        settling = {"message_type": "RESULT", "reply_to": asked["id"], "message": "Yes"}
        await call(client, "get_messages", {"agent": "agent-b"})
        await call(client, "send_message", {**answer, **settling})
        await call(client, "send_message", {**first, "message": "Then merge"})
        thread = await read(client, "interlock://threads/pr%2F142")

    assert [each["text"] for each in thread["messages"]] == ["Ready?", "Yes", "Then merge"]
    assert "next" not in thread


@ONE_VERSION
async def test_a_long_thread_shows_its_first_hundred_messages_and_says_so(
    connect: Connect, http: httpx2.AsyncClient
) -> None:
    sent = {"agent": "agent-a", "target": "agent-b", "message_type": "STATUS", "thread_id": "long"}
    for number in range(MESSAGES_MAX + 1):
        await http.post("/v1/send_message", json={**sent, "message": str(number)})
    # What was settled is listed behind what is open, and yet it comes first.
    taken = await http.post("/v1/get_messages", json={"agent": "agent-b", "limit": 1})
    [oldest] = taken.json()["items"]
    settled = {"agent": "agent-b", "receipt": oldest["receipt"]}
    assert (await http.post("/v1/ack_message", json=settled)).status_code == 200
    async with connect() as client:
        thread = await read(client, "interlock://threads/long")

    assert [each["text"] for each in thread["messages"]] == [
        str(each) for each in range(MESSAGES_MAX)
    ]
    assert "search_messages" in thread["next"]


@ONE_VERSION
async def test_a_long_message_is_cut_and_read_whole_by_its_address(connect: Connect) -> None:
    long = "x" * 60_000
    async with connect() as client:
        sent = {"source": "agent-a", "target": "agent-b", "message": long}
        for _ in range(3):
            id = (await call(client, "send_message", sent))["id"]
        result = await client.call_tool("get_messages", {"agent": "agent-b"})
        whole = await read(client, f"interlock://messages/{id}")

    [text] = [block.text for block in result.content]
    assert len(text) <= OUTPUT_CHARS_MAX
    assert len(result.structured_content["messages"]) == 3
    assert "interlock://messages/" in result.structured_content["truncated"]
    assert whole["message"]["text"] == long


async def test_a_fresh_session_is_brought_up_to_date_in_one_call(connect: Connect) -> None:
    async with connect() as client:
        await call(
            client,
            "update_program_state",
            {
                "agent": "builder",
                "contextSummary": {"handoffNotes": "PR #142 is ready"},
                "learned_patterns": [{"pattern": "run the linter first"}],
            },
        )
        await call(
            client, "send_message", {"source": "lead", "target": "builder", "message": "Merge it"}
        )
        await call(client, "create_task", {"title": "Held work"})
        await call(client, "claim_task", {"agent": "builder"})
        await call(client, "create_task", {"title": "Waiting work"})
        await call(client, "request_help", {"agent": "builder", "title": "No access to staging"})
        brief = await prompt(client, "boot", agent="builder", depth="brief")
        full = await prompt(client, "boot", agent="builder", depth="full")
        handoff = await prompt(client, "handoff", agent="builder")

    for part in ("PR #142 is ready", "Merge it", "Held work", "Waiting work"):
        assert part in brief
    assert "run the linter first" not in brief
    assert "run the linter first" in full
    assert '"help_open": 1' in full
    assert "No access to staging" in brief
    assert "update_program_state" in handoff
    for part in ("Held work", "Merge it", "No access to staging"):
        assert part in handoff


@ONE_VERSION
async def test_an_unknown_prompt_or_depth_is_an_error(connect: Connect) -> None:
    async with connect() as client:
        for name, arguments in (("boot", {"depth": "deepest"}), ("nap", {})):
            with pytest.raises(MCPError):
                await client.get_prompt(name, arguments)
