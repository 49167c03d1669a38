"""The way to a hub on the same machine: its Unix socket."""

import asyncio

from interlock.client.conversation import Conversation
from interlock.client.remote import RECONNECT_S, RemoteHub
from interlock.kernel.wire import FrameReader, WireError, framed


async def connect_socket(path: str, *, reconnect_s: float = RECONNECT_S) -> RemoteHub:
    """Connects to the hub that listens at `path`. Raises `CannotConnect`."""

    async def dial(talk: Conversation) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_unix_connection(lambda: _SocketLink(talk), path)

    return await RemoteHub.connect(dial, address=path, reconnect_s=reconnect_s)


class _SocketLink(asyncio.Protocol):
    """Frames over a stream of bytes."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self._reader = FrameReader()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._talk.made(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._talk.lost(WireError("the hub closed the connection"))

    def data_received(self, data: bytes) -> None:
        try:
            for body in self._reader.feed(data):
                self._talk.received(body)
        except WireError as error:
            self._talk.fail(error)

    def send(self, body: bytes) -> None:
        """Sends one frame."""
        self._transport.write(framed(body))

    def close(self) -> None:
        """Closes after what was sent went out."""
        self._transport.close()

    def abort(self) -> None:
        """Closes at once."""
        self._transport.abort()
