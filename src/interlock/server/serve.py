"""Running the server: from the ledger to the open port, and back in good order."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import uvicorn

from interlock.server.app import build_app
from interlock.server.door import Door
from interlock.server.namespaces import Namespaces
from interlock.server.settings import Settings

BACKLOG: Final = 2_048
"""Connections that may wait to be taken: a fleet that comes back after a restart comes at once."""

MESSAGE_BYTES_MAX: Final = 16 * 1024 * 1024
"""One message of a WebSocket: clients start another frame at half of it, and no command is as long."""

PING_S: Final = 20.0
"""How often a WebSocket's client is asked whether it lives, and how long it may take to say so."""

UNACKNOWLEDGED_S: Final = 60.0
"""How long a client may take nothing of what it was sent: then its connection is dead."""


class Serving:
    """A running server: its door and its address."""

    def __init__(self, door: Door, url: str) -> None:
        self.door = door
        self.url = url


@asynccontextmanager
async def serve(settings: Settings) -> AsyncIterator[Serving]:
    """Serves until the context ends: the long polls are answered, then the ledgers are closed."""
    async with Namespaces(settings.store) as namespaces:
        door = Door(namespaces)
        ear = socket.create_server((settings.host, settings.port), backlog=BACKLOG)
        _give_up_the_dead(ear)
        app = build_app(door)
        config = uvicorn.Config(
            app,
            log_config=None,
            lifespan="off",
            ws="websockets-sansio",
            ws_max_size=MESSAGE_BYTES_MAX,
            ws_ping_interval=PING_S,
            ws_ping_timeout=PING_S,
            ws_per_message_deflate=False,  # it would cost more than it saves, and a window for each client
        )
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        running = asyncio.create_task(server.serve(sockets=[ear]))
        host, port = ear.getsockname()[:2]
        try:
            yield Serving(door, f"http://{host}:{port}")
        finally:
            await app.state.sockets.close()
            server.should_exit = True
            with contextlib.suppress(asyncio.CancelledError):
                await running
            ear.close()


def _give_up_the_dead(ear: socket.socket) -> None:
    """A closed connection waits for its last bytes to be taken, which one that died never does."""
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is not None:
        ear.setsockopt(socket.IPPROTO_TCP, option, int(UNACKNOWLEDGED_S * 1_000))
