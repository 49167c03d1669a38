"""A hub that does as the test tells it: answers, stays silent, hangs up, or speaks another language."""

import asyncio
from pathlib import Path
from typing import Any

from interlock.kernel.command import Command, Reply
from interlock.kernel.wire import (
    PROTOCOL,
    Abandon,
    Answers,
    Calls,
    FrameReader,
    Hello,
    Welcome,
    decode_command,
    decode_request,
    encode_frame,
    encode_raw,
)


class ScriptedHub:
    """Notes what clients send. Until `answer` it answers nothing but hellos."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.protocol = PROTOCOL
        self.greets = True
        self.connections = 0
        self.frames: list[list[int]] = []
        """The numbers of the calls of each frame."""
        self.commands: list[tuple[int, Command]] = []
        self.abandoned: list[int] = []
        self.connected = asyncio.Event()
        self.left = asyncio.Event()
        """Set when a call was abandoned."""
        self._heard = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._transports: list[asyncio.Transport] = []

    async def listen(self) -> None:
        """Takes connections."""
        self.path.unlink(missing_ok=True)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: _Ear(self), str(self.path))

    def answer(self, number: int, reply: Reply) -> None:
        """Answers a call on every connection that stands."""
        self.send(encode_frame(Answers(answers=[(number, encode_raw(reply))])))

    def send(self, sent: bytes) -> None:
        """Sends bytes on every connection that stands."""
        for transport in self._transports:
            transport.write(sent)

    def stop_reading(self) -> None:
        """Stands still, as a process does that was stopped."""
        for transport in self._transports:
            transport.pause_reading()

    def hang_up(self) -> None:
        """Breaks every connection."""
        transports, self._transports = self._transports, []
        for transport in transports:
            transport.abort()

    async def end(self) -> None:
        """Is gone, as a process is that was killed."""
        assert self._server is not None
        self._server.close()
        self.hang_up()
        await self._server.wait_closed()
        for _ in range(5):
            await asyncio.sleep(0)

    async def called(self, count: int) -> list[tuple[int, Command]]:
        """Waits until so many commands came."""
        while len(self.commands) < count:
            self._heard.clear()
            await self._heard.wait()
        return self.commands


class _Ear(asyncio.Protocol):
    def __init__(self, hub: ScriptedHub) -> None:
        self._hub = hub
        self._reader = FrameReader()
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._hub._transports.append(transport)
        self._hub.connections += 1
        self._hub.connected.set()

    def data_received(self, data: bytes) -> None:
        for frame in self._reader.feed(data):
            message = decode_request(frame)
            if isinstance(message, Hello):
                if self._hub.greets:
                    welcome = Welcome(shard="0", protocol=self._hub.protocol)
                    self._transport.write(encode_frame(welcome))
            elif isinstance(message, Calls):
                self._hub.frames.append([number for number, _ in message.calls])
                self._hub.commands += [(n, decode_command(raw)) for n, raw in message.calls]
                self._hub._heard.set()
            elif isinstance(message, Abandon):
                self._hub.abandoned += message.calls
                self._hub.left.set()
