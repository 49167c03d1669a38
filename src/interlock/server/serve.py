"""Running the server: from the ledger to the open port, and back in good order."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import uvicorn

from interlock.plane import MEMORY
from interlock.server.app import build_app
from interlock.server.door import Door
from interlock.server.mcp.mount import Mount
from interlock.server.namespaces import Namespaces
from interlock.server.settings import Settings

BACKLOG: Final = 2_048
"""Connections that may wait to be taken: a fleet that comes back after a restart comes at once."""


class Serving:
    """A running server: its door and its address."""

    def __init__(self, door: Door, url: str) -> None:
        self.door = door
        self.url = url


@asynccontextmanager
async def serve(settings: Settings) -> AsyncIterator[Serving]:
    """Serves until the context ends: the long polls are answered, then the ledgers are closed."""
    store = MEMORY if settings.conformance else settings.store
    async with Namespaces(store) as namespaces:
        door = Door(namespaces)
        mcp = Mount(door, is_fixture=settings.conformance)
        ear = socket.create_server((settings.host, settings.port), backlog=BACKLOG)
        config = uvicorn.Config(
            build_app(door, mcp), log_config=None, lifespan="off", ws="websockets-sansio"
        )
        server = uvicorn.Server(config)
        await mcp.start()
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        running = asyncio.create_task(server.serve(sockets=[ear]))
        host, port = ear.getsockname()[:2]
        try:
            yield Serving(door, f"http://{host}:{port}")
        finally:
            server.should_exit = True
            await mcp.close()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            ear.close()
