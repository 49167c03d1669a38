"""The other end of a hub's socket, which may send whatever it likes."""

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec

from interlock.kernel.command import Command, Reply
from interlock.kernel.wire import (
    Calls,
    FrameReader,
    Hello,
    Welcome,
    decode_response,
    encode_frame,
    encode_raw,
)


class RawClient:
    """Sends bytes, and collects what comes back."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._frames = FrameReader()
        self._unread: list[Any] = []
        self.frame_count = 0

    @classmethod
    async def connect(cls, path: Any, *, hello: bool = True) -> "RawClient":
        """A connection, with its hello said and answered if wanted."""
        client = cls(*await asyncio.open_unix_connection(str(path)))
        if hello:
            client.send(encode_frame(Hello()))
            assert isinstance(await client.receive(), Welcome)
        return client

    def send(self, sent: bytes) -> None:
        """Sends bytes as they are."""
        self.writer.write(sent)

    def frame(self, body: bytes) -> None:
        """Sends bytes as one frame."""
        self.send(len(body).to_bytes(4, "big") + body)

    def call(self, *calls: tuple[int, Command | bytes]) -> None:
        """Sends calls in one frame; bytes stand for a command that is none."""
        raws = [
            (number, msgspec.Raw(command) if isinstance(command, bytes) else encode_raw(command))
            for number, command in calls
        ]
        self.send(encode_frame(Calls(calls=raws)))

    async def receive(self) -> Any:
        """The next frame, or None when the hub has closed."""
        while not self._unread:
            received = await self._reader.read(1 << 20)
            if not received:
                return None
            frames = self._frames.feed(received)
            self.frame_count += len(frames)
            self._unread += map(decode_response, frames)
        return self._unread.pop(0)

    async def answers(self, numbers: Iterable[int]) -> dict[int, Reply]:
        """The answers to these calls; no other may come."""
        missing = set(numbers)
        found: dict[int, Reply] = {}
        while missing:
            frame = await self.receive()
            for number, reply in frame.answers:
                missing.remove(number)
                found[number] = reply
        return found

    async def is_closed(self) -> bool:
        """Whether the hub closes the connection without another word."""
        return await self.receive() is None

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()
