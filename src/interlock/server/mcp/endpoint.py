"""The HTTP end of MCP: `/mcp` behind the same keys as everything else.

A call without a valid key is told where to read what keys are needed (RFC 9728), and nothing else.
"""

import asyncio
import contextlib
from typing import Final

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from interlock.kernel.command import Refusal
from interlock.server.api import credential_of
from interlock.server.caller import Caller
from interlock.server.door import Door, Unauthenticated
from interlock.server.mcp.desk import Desk
from interlock.server.mcp.fixture.jobs import Workshop
from interlock.server.mcp.fixture.server import build_fixture
from interlock.server.mcp.metadata import metadata_url
from interlock.server.mcp.protocol import build_server
from interlock.server.mcp.visitor import CALLER_KEY, Lobby
from interlock.server.refusals import error_of

BODY_BYTES_MAX: Final = 1024 * 1024
"""One message of a client: room for the largest payload with its escapes."""

SESSIONS_MAX: Final = 10_000
"""Sessions of clients that speak the protocol of 2025; later ones have none."""

DRAIN_S: Final = 5.0
"""How long answers may take to go out when the server ends: they are ready, only a slow client can hold one up."""

LOCAL: Final = TransportSecuritySettings(
    allowed_hosts=["127.0.0.1:*", "localhost:*", "[::1]:*"],
    allowed_origins=["http://127.0.0.1:*", "http://localhost:*", "http://[::1]:*"],
)
"""The fixture is for this machine only."""


class Endpoint:
    """Serves `/mcp` as an ASGI application, from `start` to `close`."""

    def __init__(self, door: Door, *, is_fixture: bool = False) -> None:
        self._door = door
        self._workshop = Workshop(door) if is_fixture else None
        build = build_fixture if is_fixture else build_server
        self._manager = StreamableHTTPSessionManager(
            app=build(Desk(door), Lobby()),
            security_settings=LOCAL if is_fixture else None,
            max_sessions=SESSIONS_MAX,
            max_request_body_size=BODY_BYTES_MAX,
        )
        self._ending = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._calls = 0
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """From here on requests are served. The manager lives in a task of its own: what it opened must be closed
        where it was opened."""
        ready = asyncio.Event()
        self._running = asyncio.create_task(self._run(ready))
        await ready.wait()
        if self._workshop is not None:
            self._workshop.start()

    async def close(self) -> None:
        """Lets the answers out that the hubs have given, then ends the sessions and their streams."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), DRAIN_S)
        if self._workshop is not None:
            await self._workshop.close()
        self._ending.set()
        if self._running is not None:
            await self._running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        try:
            caller = self._door.admit(credential_of(scope))
        except Unauthenticated:
            await _refuse(request)(scope, receive, send)
            return
        scope[CALLER_KEY] = caller
        scope["user"] = _user_of(caller)
        if scope["method"] != "POST":
            await self._manager.handle_request(scope, receive, send)
            return
        self._calls += 1
        self._idle.clear()
        try:
            await self._manager.handle_request(scope, receive, send)
        finally:
            self._calls -= 1
            if not self._calls:
                self._idle.set()

    async def _run(self, ready: asyncio.Event) -> None:
        async with self._manager.run():
            ready.set()
            await self._ending.wait()


def _user_of(caller: Caller) -> AuthenticatedUser:
    """A session of the protocol belongs to the key that opened it."""
    token = AccessToken(
        token="", client_id=caller.key_id or "open", scopes=[], subject=caller.agent or None
    )
    return AuthenticatedUser(token)


def _refuse(request: Request) -> JSONResponse:
    url = metadata_url(request)
    refusal = Refusal(code="unauthenticated", message="a key is needed: Authorization: Bearer KEY")
    return JSONResponse(
        error_of(refusal),
        status_code=401,
        headers={"WWW-Authenticate": f'Bearer error="invalid_token", resource_metadata="{url}"'},
    )
