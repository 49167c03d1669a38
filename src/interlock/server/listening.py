"""Listening: uvicorn with what it lacks, deadlines for slow clients and a limit on connections.

A client may not hold a connection by sending its request byte by byte, nor by never reading its answer. A sweep once
a second finds those who do, so that a request costs no timer.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from typing import Any, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from interlock.server.refusals import body_of, refused

log = logging.getLogger(__name__)

CONNECTIONS_MAX: Final = 20_000
"""Open connections: each costs memory and a file; past it new ones are closed at once."""

HEAD_BYTES_MAX: Final = 32 * 1024
"""The request line and the headers of one request."""

REQUEST_S_MAX: Final = 30.0
"""From the first byte of a request to its last."""

BODY_BYTES_PER_S_MIN: Final = 64 * 1024
"""A large body gets longer: it has to come at this pace."""

STUCK_S_MAX: Final = 60.0
"""How long a client may leave its answer unread when the buffers are full."""

IDLE_S_MAX: Final = 75
"""How long a connection is kept between two requests: longer than proxies keep theirs."""

MESSAGE_BYTES_MAX: Final = 16 * 1024 * 1024
"""One message of a WebSocket: clients start another frame at half of it, and no command is as long."""

PING_S: Final = 20.0
"""How often a WebSocket's client is asked whether it lives, and how long it may take to say so."""

SWEEP_S: Final = 1.0
"""How often the slow ones are looked for."""

GRACE_S: Final = 3.0
"""How long answers may still be on their way when the server ends."""

SETTLE_S: Final = 0.01
"""How often it looks whether they are out."""

DATE_S: Final = 1.0
"""How often the date in the head of the answers is renewed."""


class Protocol(H11Protocol):
    """One connection. It knows since when it waits for the rest of a request, or for its reader."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._since_s = 0.0
        """When the request that is being read began; 0 while none is."""
        self._stuck_since_s = 0.0
        self._received_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since_s = self.loop.time()
        if len(self.connections) > CONNECTIONS_MAX:
            log.warning("%d connections are open, as many as may be", CONNECTIONS_MAX)
            transport.abort()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._received_bytes += len(data)
        if self.conn.their_state is h11.DONE or not (
            self.conn.their_state is h11.SEND_BODY or self.conn.trailing_data[0]
        ):
            self._since_s, self._received_bytes = 0.0, 0
        elif not self._since_s:
            self._since_s = self.loop.time()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck_since_s = self.loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stuck_since_s = 0.0

    def send_400_response(self, msg: str) -> None:
        """Refuses bytes that are no HTTP, in the shape of every refusal."""
        body = body_of(refused("invalid", f"the request is no HTTP/1.1: {msg}"))
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        for event in (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def close_if_slow(self, now_s: float) -> None:
        """Ends the connection if its client has had its time."""
        allowed_s = REQUEST_S_MAX + self._received_bytes / BODY_BYTES_PER_S_MIN
        is_slow = self._since_s and now_s - self._since_s > allowed_s
        is_stuck = self._stuck_since_s and now_s - self._stuck_since_s > STUCK_S_MAX
        if is_slow or is_stuck:
            self.transport.abort()


class Server(uvicorn.Server):
    """The server of one application. Whoever runs it hears the signals, not it."""

    def __init__(self, app: Any) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Protocol,
                ws="websockets-sansio",
                ws_max_size=MESSAGE_BYTES_MAX,
                ws_ping_interval=PING_S,
                ws_ping_timeout=PING_S,
                ws_per_message_deflate=False,  # it would cost more than it saves, and a window for each client
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=IDLE_S_MAX,
                h11_max_incomplete_event_size=HEAD_BYTES_MAX,
            )
        )
        self._ending = asyncio.Event()
        self.servers = []  # uvicorn has none before it has started, and may be told to stop before that
        logging.getLogger("uvicorn.error").addFilter(is_no_false_alarm)

    @property
    def connection_count(self) -> int:
        """Open connections."""
        return len(self.server_state.connections)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serves until `should_exit`."""
        sweeping = asyncio.create_task(self._sweep())
        try:
            await super().serve(sockets)
        finally:
            sweeping.cancel()

    def stop_listening(self) -> None:
        """Takes no new connections; those that are open go on."""
        for server in self.servers:
            server.close()

    def end(self) -> None:
        """Lets the answers that are on their way go out, then ends."""
        self.should_exit = True
        self._ending.set()

    async def main_loop(self) -> None:
        """Waits for the end, and meanwhile keeps the date of the answers."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), timeout=DATE_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Idle connections end at once, the others with their answer, or when the grace is over."""
        del sockets
        self.stop_listening()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        loop = asyncio.get_running_loop()
        until_s = loop.time() + GRACE_S
        while self._is_busy() and loop.time() < until_s:  # noqa: ASYNC110 - nobody tells it
            await asyncio.sleep(SETTLE_S)
        for task in list(self.server_state.tasks):
            task.cancel()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)

    def _is_busy(self) -> bool:
        return bool(self.server_state.connections or self.server_state.tasks)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals alone."""
        yield

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SWEEP_S)
            for connection in list(self.server_state.connections):
                if isinstance(connection, Protocol):
                    connection.close_if_slow(loop.time())


def is_no_false_alarm(record: logging.LogRecord) -> bool:
    """Whether a line of uvicorn's log is worth writing: it takes a WebSocket that was refused with a proper
    response for one that the application forgot."""
    return record.msg != "ASGI callable returned without completing handshake."
