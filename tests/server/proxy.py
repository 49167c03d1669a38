"""A network between clients and a server that does what networks do: cuts, delays, goes deaf, sends twice."""

import asyncio
from typing import Any, Final, Self

TICK_S: Final = 0.000_001
"""Two pieces of a stream are not due at one time: timers of one time ring in any order."""


class Proxy:
    """Carries TCP connections to a port of this machine, and harms those that stand when it is told to."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._server: asyncio.Server | None = None
        self._pipes: set[_Pipe] = set()
        self.harmed = 0
        """Connections that were broken or went deaf."""
        self.delay_s = 0.0
        """How long whatever arrives from now on is kept."""
        self.doubles = False
        """Whether each new connection reaches the server twice, the second one with all that the first says."""

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Pipe(self), "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """Where clients reach the server."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def count(self) -> int:
        """Connections that stand."""
        return len(self._pipes)

    def cut(self) -> None:
        """Breaks every connection, on both sides."""
        for pipe in list(self._pipes):
            self.harmed += 1
            pipe.break_off()

    def deafen(self) -> None:
        """Carries nothing more on the connections that stand, and does not say so: they are half open."""
        for pipe in self._pipes:
            self.harmed += not pipe.is_deaf
            pipe.is_deaf = True


class _Pipe(asyncio.Protocol):
    """The client's side of one connection, with one or two sides to the server."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._loop = asyncio.get_running_loop()
        self._client: Any = None
        self._servers: list[_ServerSide] = []
        self._early: list[bytes] = []
        self._opening: asyncio.Task[None] | None = None
        self._due_s = 0.0
        self.is_deaf = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._client = transport
        self._proxy._pipes.add(self)
        self._opening = self._loop.create_task(self._open())

    def data_received(self, data: bytes) -> None:
        self._later(self._send, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.break_off()

    def answer(self, data: bytes) -> None:
        """What the first server side sent."""
        self._later(self._client.write, data)

    def break_off(self) -> None:
        """Ends all sides at once."""
        self._proxy._pipes.discard(self)
        if self._opening is not None:
            self._opening.cancel()
        self._client.abort()
        for server in self._servers:
            server.abort()

    async def _open(self) -> None:
        for number in range(1 + self._proxy.doubles):
            side = _ServerSide(self, is_heard=number == 0)
            try:
                await self._loop.create_connection(
                    lambda it=side: it, "127.0.0.1", self._proxy._target
                )
            except OSError:
                self._client.abort()
                return
            self._servers.append(side)
        self._opening = None
        early, self._early = self._early, []
        for data in early:
            self._send(data)

    def _send(self, data: bytes) -> None:
        if self._opening is not None:
            self._early.append(data)
            return
        for server in self._servers:
            server.send(data)

    def _later(self, call: Any, data: bytes) -> None:
        """Nothing overtakes what was delayed before it."""
        if self.is_deaf:
            return
        now_s = self._loop.time()
        self._due_s = max(self._due_s + TICK_S, now_s + self._proxy.delay_s)
        if self._due_s <= now_s + TICK_S:
            call(data)
        else:
            self._loop.call_at(self._due_s, call, data)


class _ServerSide(asyncio.Protocol):
    def __init__(self, pipe: _Pipe, *, is_heard: bool) -> None:
        self._pipe = pipe
        self._is_heard = is_heard
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._is_heard:
            self._pipe.answer(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._is_heard and not self._pipe.is_deaf:
            self._pipe._client.close()

    def send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
