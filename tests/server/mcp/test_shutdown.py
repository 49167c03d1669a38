"""A server that ends while clients wait."""

import asyncio

from mcp import Client

from interlock.server.serve import serve
from interlock.server.settings import Settings
from tests.server.mcp.conftest import MODES
from tests.server.mcp.tool_call import call


async def test_a_waiting_call_is_answered_before_the_server_ends(version: str) -> None:
    serving = serve(Settings(store=":memory:", port=0))
    server = await serving.__aenter__()
    async with Client(f"{server.url}/mcp", mode=MODES[version]) as client:
        fields = {"sessionId": "builder-session", "wait_s": 50}
        waiting = asyncio.create_task(client.call_tool("claim_task", fields))
        async with asyncio.timeout(10):
            while not (await call(client, "get_agents"))["agents"]:
                """The claim has not come yet: it opens its session first."""
        await serving.__aexit__(None, None, None)
        result = await waiting

    assert result.is_error
    assert result.structured_content["error"]["code"] == "closing"


async def test_clients_that_only_listen_do_not_keep_a_server_from_ending(version: str) -> None:
    serving = serve(Settings(store=":memory:", port=0))
    server = await serving.__aenter__()
    async with Client(f"{server.url}/mcp", mode=MODES[version]) as client:
        await call(client, "get_queue", {"queue": "default"})
        async with asyncio.timeout(10):
            await serving.__aexit__(None, None, None)
