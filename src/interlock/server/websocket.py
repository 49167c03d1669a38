"""The WebSocket for workers and remote clients: the frames of `kernel/wire.py`, each a binary message."""

import asyncio
import contextlib
from typing import Any, Final

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from interlock.hub.batch import Answer
from interlock.hub.conversation import NO_FRAME, Conversation
from interlock.kernel.command import Command, Refusal
from interlock.kernel.wire import UNAUTHENTICATED_CODE, Hello, WireError
from interlock.server.api import credential_of
from interlock.server.caller import Caller
from interlock.server.door import Door, Unauthenticated
from interlock.server.outbox import Outbox, Overflow
from interlock.server.refusals import refusal_response
from interlock.server.waiting import NO_KEY

CONNECTIONS_MAX: Final = 4_096
"""WebSockets that one server holds open; one more is told to come again."""

HELLO_S: Final = 10.0
"""How long a client may take to say who it is."""

LINGER_S: Final = 2.0
"""How long a server that closes waits for the answers that are on their way to the disk."""

RESTART_CODE: Final = 1_012
"""The server goes away and another comes: connect again at once."""

PROTOCOL_ERROR_CODE: Final = 1_002

LEFT: Final = 0
"""No code: there is nobody to tell."""

REASON_CHARS_MAX: Final = 60
"""A close frame has room for 123 bytes."""


class Sockets:
    """The open WebSockets of a server."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._open: set[_Connection] = set()
        self._is_closing = False

    def routes(self) -> list[BaseRoute]:
        """Where they are opened."""
        return [WebSocketRoute("/v1/socket", self._serve)]

    async def close(self) -> None:
        """Gives the answers that are on their way, then sends every client to the successor."""
        self._is_closing = True
        await asyncio.gather(*(connection.leave() for connection in list(self._open)))

    async def _serve(self, websocket: WebSocket) -> None:
        credential = credential_of(websocket.scope)
        if self._is_closing or len(self._open) >= CONNECTIONS_MAX:
            message = f"this server takes no more than {CONNECTIONS_MAX} connections, or is closing"
            await _deny(websocket, Refusal(code="closing", message=message))
            return
        caller = None
        if credential:
            try:
                caller = self._door.admit(credential)
            except Unauthenticated:
                await _deny(websocket, NO_KEY)
                return
        await websocket.accept()
        connection = _Connection(websocket, door=self._door, caller=caller)
        self._open.add(connection)
        try:
            await connection.serve()
        finally:
            self._open.discard(connection)


class _Connection:
    """One client. The door looks at its key again with each call, so that it can be revoked meanwhile."""

    def __init__(self, websocket: WebSocket, *, door: Door, caller: Caller | None) -> None:
        self._websocket = websocket
        self._door = door
        self._caller = caller
        self._outbox = Outbox(websocket.send_bytes)
        self._talk = Conversation(greet=self._greet, submit=self._submit, send=self._send)
        loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[tuple[int, str]] = loop.create_future()
        self._gone: asyncio.Future[None] = loop.create_future()

    async def serve(self) -> None:
        """Until the client leaves or has to go."""
        loop = asyncio.get_running_loop()
        reading = loop.create_task(self._read())
        patience = loop.call_later(HELLO_S, self._miss_hello)
        try:
            ends: list[asyncio.Future[Any]] = [self._ended, reading]
            await asyncio.wait(ends, return_when="FIRST_COMPLETED")
        finally:
            patience.cancel()
            reading.cancel()
            await asyncio.wait([reading])
            self._talk.flush()
            self._talk.abandon()
            await self._say_goodbye()
            self._gone.set_result(None)
        if not reading.cancelled():
            reading.result()

    async def leave(self) -> None:
        """Gives the answers that are on their way to the disk, and sends the client to the successor."""
        await self._talk.drain(LINGER_S)
        self._end(RESTART_CODE, "the server is closing: connect again")
        await self._gone

    async def _read(self) -> None:
        try:
            while True:
                message = await self._websocket.receive()
                if message["type"] == "websocket.disconnect":
                    return self._end(LEFT, "")
                body = message.get("bytes")
                if body is None:
                    raise WireError("frames are binary messages")
                self._talk.take(body)
                self._talk.flush()
                if self._outbox.is_full:
                    # Who does not read is not read either: else answers would gather without end.
                    await self._outbox.empty()
        except Unauthenticated:
            self._end(UNAUTHENTICATED_CODE, "a key is needed")
        except NO_FRAME as error:
            self._end(PROTOCOL_ERROR_CODE, f"no frame of this protocol: {error}")

    async def _say_goodbye(self) -> None:
        code, reason = self._ended.result() if self._ended.done() else (LEFT, "")
        if code != LEFT:
            with contextlib.suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
                async with asyncio.timeout(LINGER_S):
                    await self._outbox.empty()
                    await self._websocket.close(code, reason[:REASON_CHARS_MAX])
        await self._outbox.close()

    def _send(self, body: bytes) -> None:
        try:
            self._outbox.add(body)
        except Overflow:
            self._end(LEFT, "")

    def _end(self, code: int, reason: str) -> None:
        if not self._ended.done():
            self._ended.set_result((code, reason))

    def _miss_hello(self) -> None:
        if not self._talk.is_welcome:
            self._end(PROTOCOL_ERROR_CODE, f"no hello within {HELLO_S:g} s")

    def _greet(self, hello: Hello) -> str:
        if self._caller is None:
            self._caller = self._door.admit(hello.key)
        return self._door.hub(self._caller).grant.shard

    def _submit(self, command: Command) -> Answer:
        assert self._caller is not None, "calls come after hello"
        return self._door.submit(self._caller, command)


async def _deny(websocket: WebSocket, refusal: Refusal) -> None:
    await websocket.send_denial_response(refusal_response(refusal))
