"""MCP over standard input and output, for clients that start their servers themselves."""

import contextlib
import uuid
from typing import Any

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from interlock.server.door import Door
from interlock.server.mcp.bridge import Bridge
from interlock.server.mcp.desk import Desk
from interlock.server.mcp.identity import Visitor
from interlock.server.mcp.protocol import build_server
from interlock.server.mcp.visitor import Lobby
from interlock.server.namespaces import Namespaces
from interlock.server.secret import load_secret


async def serve_url(url: str, *, key: str, agent: str) -> None:
    """Serves the tools of a running Interlock until standard input ends."""
    bridge = Bridge(url, key=key, agent=agent)
    async with contextlib.aclosing(bridge):
        await _run(bridge.server())


async def serve_store(store: str, *, key: str, agent: str) -> None:
    """Serves a ledger that this process owns meanwhile.

    Raises `LedgerInUse`, `StoreError`, and `Unauthenticated` when the ledger has keys and this is none of them.
    """
    async with Namespaces(store) as namespaces:
        door = Door(namespaces, secret=load_secret(store))
        caller = door.admit(key)
        resident = Visitor(caller=caller, agent=agent, session=str(uuid.uuid4()))
        desk = Desk(door)
        await _run(build_server(desk, Lobby(resident)))
        await desk.reply(resident, "close_session", {"session": resident.session})


async def _run(server: Server[Any]) -> None:
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())
