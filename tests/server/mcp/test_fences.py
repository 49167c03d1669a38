"""Claims over MCP: one winner, and nobody has to carry a fence along."""

from typing import Any

from mcp import Client

from tests.server.mcp.conftest import ONE_VERSION, Connect
from tests.server.mcp.tool_call import call, refused

FIRST = {"agent": "builder", "sessionId": "builder-first"}
SECOND = {"agent": "builder", "sessionId": "builder-second"}


async def create(client: Client, **fields: Any) -> str:
    """The id of a task whose failed attempts are tried again at once."""
    created = await call(client, "create_task", {"title": "Build", **fields})
    return str(created["id"])


async def let_the_lease_pass_on(client: Client, to: dict[str, str]) -> str:
    """A task that the first session lost and `to` holds now."""
    id = await create(client, backoff={"base_s": 0.001, "cap_s": 0.001})
    await call(client, "claim_task", {**FIRST, "taskId": id, "lease_s": 0.05})
    claimed = await call(client, "claim_task", {**to, "wait_s": 5, "lease_s": 60})
    assert claimed["id"] == id
    return id


async def test_the_loser_of_a_claim_is_told_so_and_by_whom(connect: Connect) -> None:
    async with connect() as client:
        id = await create(client)
        await call(client, "claim_task", {"taskId": id, "sessionId": "agent-a-session"})
        error = await refused(client, "claim_task", {"taskId": id, "sessionId": "agent-b-session"})

    assert error["code"] == "already_claimed"
    assert error["details"]["agent"] == "agent-a"
    assert "claim_task without taskId" in error["hint"]


async def test_a_task_is_completed_without_naming_its_fence(connect: Connect) -> None:
    async with connect() as client:
        id = await create(client)
        await call(client, "claim_task", {**FIRST, "taskId": id})
        await call(client, "extend_lease", {**FIRST, "taskId": id, "progress": "half"})
        done = await call(client, "complete_task", {**FIRST, "taskId": id, "result": {"ok": True}})
        again = await call(client, "complete_task", {**FIRST, "taskId": id, "result": {"ok": True}})

    assert done["status"] == again["status"] == "done"


async def test_a_session_whose_lease_passed_on_cannot_complete_the_task(connect: Connect) -> None:
    async with connect() as client:
        id = await let_the_lease_pass_on(client, SECOND)
        error = await refused(client, "complete_task", {**FIRST, "taskId": id})
        done = await call(client, "complete_task", {**SECOND, "taskId": id})

    assert error["code"] == "stale_fence"
    assert done["status"] == "done"


@ONE_VERSION
async def test_another_agent_cannot_complete_a_task_without_its_fence(connect: Connect) -> None:
    async with connect() as client:
        id = await create(client)
        await call(client, "claim_task", {**FIRST, "taskId": id})
        error = await refused(client, "complete_task", {"agent": "thief", "taskId": id})

    assert error["code"] == "stale_fence"
    assert "claim it first" in error["message"]


async def test_two_unnamed_processes_of_an_agent_have_to_say_which_fence(
    connect: Connect, version: str
) -> None:
    unnamed = {"agent": "builder"}
    async with connect() as client:
        id = await create(client, backoff={"base_s": 0.001, "cap_s": 0.001})
        await call(client, "claim_task", {**unnamed, "taskId": id, "lease_s": 0.05})
        second = await call(client, "claim_task", {**unnamed, "wait_s": 5, "lease_s": 60})
        bare = await client.call_tool("complete_task", {**unnamed, "taskId": id})
        named = {**unnamed, "taskId": id, "fence": second["fence"]}
        done = await call(client, "complete_task", named)

    # A client of 2025-11-25 has a session of the transport, and is therefore one process.
    assert bare.is_error is (version == "2026-07-28")
    assert done["status"] == "done"


@ONE_VERSION
async def test_a_claim_without_an_id_waits_for_the_next_task(connect: Connect) -> None:
    async with connect() as worker, connect() as orchestrator:
        empty = await call(worker, "claim_task", {"wait_s": 0})
        id = await create(orchestrator)
        claimed = await call(worker, "claim_task", {})

    assert (empty["task_id"], empty["reason"]) == (None, "empty")
    assert claimed["id"] == id


@ONE_VERSION
async def test_an_unknown_task_is_unknown(connect: Connect) -> None:
    async with connect() as client:
        error = await refused(client, "complete_task", {"taskId": "task-0-99"})

    assert error["code"] == "not_found"
