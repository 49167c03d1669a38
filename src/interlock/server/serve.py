"""Running the server: from the ledger to the open port, and back in good order."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx2
from msgspec.structs import replace

from interlock.plane import MEMORY
from interlock.server.app import build_app
from interlock.server.door import Door
from interlock.server.events import Streams
from interlock.server.listening import Server
from interlock.server.namespaces import Namespaces
from interlock.server.settings import Settings
from interlock.server.threshold import make_door
from interlock.server.webhooks.dispatch import Dispatch

BACKLOG: Final = 2_048
"""Connections that may wait to be taken: a fleet that comes back after a restart comes at once."""

UNACKNOWLEDGED_S: Final = 60.0
"""How long a client may take nothing of what it was sent: then its connection is dead. Connections inherit it; a
closed one would else wait for its last bytes to be taken, which a client that vanished never does."""


class CannotListen(Exception):
    """The address cannot be used; the text says why and what to do."""


class Serving:
    """A running server: its door and its address."""

    def __init__(self, door: Door, url: str) -> None:
        self.door = door
        self.url = url


@asynccontextmanager
async def serve(settings: Settings) -> AsyncIterator[Serving]:
    """Serves until the context ends: the long polls are answered, then the ledgers are closed.

    Raises `CannotListen`, `LedgerInUse`, `StoreError`.
    """
    if settings.conformance:
        settings = replace(settings, store=MEMORY)
    with contextlib.closing(_listen(settings)) as ear:
        async with Namespaces(settings.store) as namespaces:
            door = make_door(namespaces, settings)
            app = build_app(door, settings)
            server = Server(app)
            app.state.metrics.count_connections(lambda: server.connection_count)
            streams: Streams = app.state.streams
            dispatch = Dispatch(
                namespaces,
                sealing=door.secret.sealing,
                policy=door.targets,
                tail_of=streams.tail,
                trust=httpx2.create_ssl_context(),
            )
            await app.state.mcp.start()
            running = asyncio.create_task(server.serve(sockets=[ear]))
            try:
                yield Serving(door, url_of(ear))
            finally:
                # Nobody new is let in; workers are sent to the successor; the hubs answer whoever else waits; then
                # the answers may go out.
                server.stop_listening()
                await app.state.sockets.close()
                await streams.close()
                await dispatch.close()
                await namespaces.close()
                await app.state.mcp.close()
                server.end()
                with contextlib.suppress(asyncio.CancelledError):
                    await running


def url_of(ear: socket.socket) -> str:
    """The address under which the server is reached."""
    host, port = ear.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listen(settings: Settings) -> socket.socket:
    """Takes the port before the ledger: a second server on the same port must not even look at it."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    place = (settings.host.strip("[]"), settings.port)
    # The protocol is named: asyncio turns Nagle's delay off only where it is, and an answer would wait 40 ms.
    ear = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            taken_ms = int(UNACKNOWLEDGED_S * 1_000)
            ear.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, taken_ms)
        ear.bind(place)
        ear.listen(BACKLOG)
    except OSError as error:
        ear.close()
        raise CannotListen(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror or error}; "
            "choose another with --host and --port, or stop who has it"
        ) from error
    return ear
