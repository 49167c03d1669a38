"""A client of a hub on the same machine, over its Unix socket."""

import asyncio
import itertools
import random
import uuid
from collections.abc import Callable
from typing import Any, Final

import msgspec

from interlock.kernel.command import Command, Reply
from interlock.kernel.errors import ConnectionLost, InterlockError
from interlock.kernel.wire import (
    FRAME_BYTES_SOFT,
    MALFORMED,
    PROTOCOL,
    Abandon,
    Calls,
    FrameReader,
    Hello,
    Welcome,
    WireError,
    decode_response,
    encode_frame,
    encode_raw,
)

RECONNECT_S: Final = 30.0
"""How long a client tries to reach a hub that went away before its callers are told."""

_PAUSE_S: Final = (0.02, 1.0)
"""The first and the longest pause between two attempts; jitter keeps a fleet from coming back at once."""

WELCOME_S: Final = 10.0
"""How long a hub may take to answer a hello: one that is stopped holds connections open and says nothing."""

LINGER_S: Final = 2.0
"""How long a client that closes waits for the hub to take what was sent."""

NUMBERS: Final = itertools.count(1)


class CannotConnect(InterlockError):
    """No hub of this protocol answers at the address."""


class SocketClient:
    """Carries commands to a hub. All calls of one turn of the loop leave in one frame.

    When the connection breaks it connects again, to the same address, and sends the unanswered commands
    again under their request ids. Made by `SocketClient.connect`, ended by `close`.
    """

    def __init__(self, path: str, *, reconnect_s: float = RECONNECT_S) -> None:
        self._path = path
        self._reconnect_s = reconnect_s
        self._loop = asyncio.get_running_loop()
        self._name = uuid.uuid4().hex[:16]
        self._unanswered: dict[int, tuple[msgspec.Raw, asyncio.Future[Reply]]] = {}
        self._outgoing: list[int] = []
        self._abandoned: list[int] = []
        self._connection: _Connection | None = None
        self._reconnecting: asyncio.Task[None] | None = None
        self._is_scheduled = False
        self._is_closed = False

    @classmethod
    async def connect(cls, path: str, *, reconnect_s: float = RECONNECT_S) -> "SocketClient":
        """Connects to the hub that listens at `path`. Raises `CannotConnect`."""
        client = cls(path, reconnect_s=reconnect_s)
        try:
            await client._open()
        except (OSError, WireError) as error:
            raise CannotConnect(f"no hub answers at {path}: {error}") from error
        return client

    async def call(self, command: Command) -> Reply:
        """Sends a command and returns the hub's answer, a refusal included. Raises `ConnectionLost`."""
        if self._is_closed:
            raise ConnectionLost(f"{command.verb}: this client is closed")
        number = next(NUMBERS)
        if not command.request_id and not command.repeatable:
            command = msgspec.structs.replace(command, request_id=f"{self._name}-{number}")
        future: asyncio.Future[Reply] = self._loop.create_future()
        self._unanswered[number] = (encode_raw(command), future)
        self._outgoing.append(number)
        self._schedule()
        try:
            return await future
        except asyncio.CancelledError:
            if self._unanswered.pop(number, None) is not None:
                self._abandoned.append(number)
                self._schedule()
            raise

    async def close(self) -> None:
        """Closes the connection; calls still open raise `ConnectionLost`. Safe to call twice."""
        self._is_closed = True
        if self._reconnecting is not None:
            self._reconnecting.cancel()
            await asyncio.gather(self._reconnecting, return_exceptions=True)
        if self._connection is not None:
            connection = self._connection
            connection.close()
            await asyncio.wait([connection.gone], timeout=LINGER_S)
            connection.abort()
            await connection.gone
        self._give_up("this client was closed")

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._is_scheduled = False
        if self._connection is None:
            return
        outgoing, self._outgoing = self._outgoing, []
        frame: list[tuple[int, msgspec.Raw]] = []
        bytes_taken = 0
        for number in outgoing:
            entry = self._unanswered.get(number)
            if entry is None:
                continue
            length = len(bytes(entry[0]))
            if bytes_taken + length > FRAME_BYTES_SOFT:
                self._connection.send(Calls(calls=frame))
                frame, bytes_taken = [], 0
            frame.append((number, entry[0]))
            bytes_taken += length
        if frame:
            self._connection.send(Calls(calls=frame))
        abandoned, self._abandoned = self._abandoned, []
        if abandoned:
            self._connection.send(Abandon(calls=abandoned))

    async def _open(self) -> None:
        _, connection = await self._loop.create_unix_connection(
            lambda: _Connection(self._take, self._lost), self._path
        )
        try:
            await asyncio.wait_for(connection.welcome, WELCOME_S)
            if connection.gone.done():
                raise WireError("the hub closed the connection")
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        self._outgoing = list(self._unanswered)
        self._abandoned = []
        self._flush()

    def _take(self, answers: list[tuple[int, Reply]]) -> None:
        for number, reply in answers:
            entry = self._unanswered.pop(number, None)
            if entry is not None and not entry[1].done():
                entry[1].set_result(reply)

    def _lost(self, connection: "_Connection") -> None:
        if self._connection is connection:
            self._connection = None
            if not self._is_closed:
                self._reconnecting = self._loop.create_task(self._reconnect())

    async def _reconnect(self) -> None:
        deadline = self._loop.time() + self._reconnect_s
        pause_s, longest_s = _PAUSE_S
        while True:
            try:
                await self._open()
            except (OSError, WireError) as error:
                if self._loop.time() + pause_s > deadline:
                    self._give_up(f"no hub answers at {self._path}: {error}")
                    self._is_closed = True
                    return
                await asyncio.sleep(random.uniform(pause_s / 2, pause_s))
                pause_s = min(longest_s, pause_s * 2)
            else:
                return

    def _give_up(self, reason: str) -> None:
        unanswered, self._unanswered = self._unanswered, {}
        for _, future in unanswered.values():
            if not future.done():
                future.set_exception(ConnectionLost(reason))


class _Connection(asyncio.Protocol):
    """One connection, from hello to its loss."""

    def __init__(
        self,
        take: Callable[[list[tuple[int, Reply]]], None],
        lost: "Callable[[_Connection], None]",
    ) -> None:
        loop = asyncio.get_running_loop()
        self._take = take
        self._lost = lost
        self._reader = FrameReader()
        self._transport: asyncio.Transport | None = None
        self.welcome: asyncio.Future[None] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.send(Hello())

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if not self.welcome.done():
            self.welcome.set_exception(WireError("the hub closed the connection"))
        self.gone.set_result(None)
        self._lost(self)

    def data_received(self, data: bytes) -> None:
        try:
            for frame in self._reader.feed(data):
                self._read(decode_response(frame))
        except (WireError, *MALFORMED) as error:
            if not self.welcome.done():
                self.welcome.set_exception(WireError(str(error)))
            self.close()

    def send(self, message: Hello | Calls | Abandon) -> None:
        """Sends one frame, if the connection still stands."""
        if self._transport is not None:
            self._transport.write(encode_frame(message))

    def close(self) -> None:
        """Closes after what was sent went out."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Closes at once."""
        if self._transport is not None:
            self._transport.abort()

    def _read(self, frame: Any) -> None:
        if not isinstance(frame, Welcome):
            self._take(frame.answers)
        elif frame.protocol != PROTOCOL:
            raise WireError(f"the hub speaks protocol {frame.protocol}, this client {PROTOCOL}")
        elif not self.welcome.done():
            self.welcome.set_result(None)
