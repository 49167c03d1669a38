"""`interlock mcp` as clients start it: a process of its own on standard input and output."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from mcp import Client, StdioServerParameters

import interlock
from interlock.server.serve import Serving, serve
from interlock.server.settings import Settings
from tests.server.mcp.conftest import MODES
from tests.server.mcp.tool_call import call, refused


@asynccontextmanager
async def started(version: str, *arguments: str) -> AsyncIterator[Client]:
    """A client that started `interlock mcp` with these arguments."""
    parameters = StdioServerParameters(
        command=sys.executable, args=["-m", "interlock", "mcp", *arguments], env=dict(os.environ)
    )
    async with Client(parameters, mode=MODES[version]) as client:
        yield client


async def test_a_client_on_stdio_uses_the_tools_of_a_running_server(
    server: Serving, version: str
) -> None:
    async with started(version, "--url", server.url, "--agent", "builder") as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        id = (await call(client, "create_task", {"title": "Build"}))["id"]
        claimed = await call(client, "claim_task", {})
        open_sessions = await call(client, "get_sessions", {"name": "builder"})
        done = await call(client, "complete_task", {"taskId": id, "result": "built"})
        error = await refused(client, "claim_task", {"taskId": id})

    async with Client(f"{server.url}/mcp") as client:
        left = await call(client, "get_sessions", {"name": "builder"})

    assert "claim_task" in names
    assert claimed["id"] == id
    assert len(open_sessions["sessions"]) == 1
    assert left["sessions"] == []
    assert done["status"] == "done"
    assert error["code"] == "not_claimable"


async def test_two_clients_of_one_agent_are_two_sessions(server: Serving) -> None:
    version = "2026-07-28"
    told = ("--url", server.url, "--agent", "builder")
    async with started(version, *told) as first, started(version, *told) as second:
        id = (await call(first, "create_task", {"title": "Build"}))["id"]
        await call(first, "claim_task", {"taskId": id})
        error = await refused(second, "complete_task", {"taskId": id})
        done = await call(first, "complete_task", {"taskId": id})

    assert error["code"] == "stale_fence"
    assert done["status"] == "done"


async def test_a_waiting_claim_outlasts_a_restart_of_the_server(tmp_path: Path) -> None:
    settings = Settings(store=str(tmp_path / "fleet.db"), port=0)
    async with serve(settings) as serving:
        port = int(serving.url.rpartition(":")[2])
        bridge = started("2026-07-28", "--url", serving.url, "--agent", "builder")
        client = await bridge.__aenter__()
        waiting = asyncio.create_task(call(client, "claim_task", {"wait_s": 50}))
        await call(client, "get_program_state", {})
    async with serve(Settings(store=settings.store, port=port)):
        id = (await call(client, "create_task", {"title": "Build"}))["id"]
        claimed = await waiting
        await bridge.__aexit__(None, None, None)

    assert claimed["id"] == id


async def test_a_ledger_is_served_without_any_server(tmp_path: Path) -> None:
    version = "2025-11-25"
    ledger = str(tmp_path / "fleet.db")
    async with started(version, "--store", ledger, "--agent", "builder") as client:
        id = (await call(client, "create_task", {"title": "Build"}))["id"]
    async with interlock.open(ledger) as plane:
        claimed = await plane.claim_task(agent="builder")

    assert claimed.task_id == id
