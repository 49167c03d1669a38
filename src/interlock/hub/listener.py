"""The hub's ear for other processes of this machine: a Unix socket that only this user may open."""

import asyncio
import contextlib
import socket
from pathlib import Path
from typing import Final

from interlock.hub.conversation import NO_FRAME, Conversation
from interlock.hub.hub import Hub
from interlock.kernel.wire import FrameReader, Hello, framed

CONNECTIONS_MAX: Final = 4_096
"""Connections that one hub holds open; one more is closed at once."""

BACKLOG: Final = 128
"""Connections that may wait to be taken."""

LINGER_S: Final = 2.0
"""How long a listener that closes waits for the disk, and then for clients to take their last answers."""


class Listener:
    """Serves a hub on a Unix socket. Made by `Listener.start`, ended by `close`."""

    def __init__(self, hub: Hub, path: Path) -> None:
        self._hub = hub
        self.path = path
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    @classmethod
    async def start(cls, hub: Hub, path: Path) -> "Listener":
        """Listens at `path`, which only this user may open. A socket that a dead owner left is replaced: the
        ledger's lock has already shown that no other owner lives."""
        listener = cls(hub, path)
        listener._remove()
        ear = _bind(path)
        try:
            loop = asyncio.get_running_loop()
            server = loop.create_unix_server(listener._accept, sock=ear, backlog=BACKLOG)
            listener._server = await server
        except BaseException:
            ear.close()
            raise
        return listener

    async def close(self) -> None:
        """Takes no more connections and closes those that are open, after what was on its way went out. A client
        that does not take its answers is not waited for."""
        assert self._server is not None
        self._server.close()
        self._remove()
        draining = [each.talk.drain(LINGER_S) for each in self._connections]
        await asyncio.gather(*draining)
        gone = [connection.gone for connection in self._connections]
        for connection in list(self._connections):
            connection.end()
        if gone:
            await asyncio.wait(gone, timeout=LINGER_S)
            for connection in list(self._connections):
                connection.abort()
            await asyncio.wait(gone)
        await self._server.wait_closed()

    def _remove(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    def _accept(self) -> "_Connection":
        return _Connection(self._hub, self._connections)


class _Connection(asyncio.Protocol):
    """One client: a conversation over a stream of bytes."""

    def __init__(self, hub: Hub, connections: "set[_Connection]") -> None:
        self._hub = hub
        self._connections = connections
        self._reader = FrameReader()
        self._transport: asyncio.Transport | None = None
        self.talk = Conversation(greet=self._greet, submit=hub.submit, send=self._send)
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(self)
        if len(self._connections) > CONNECTIONS_MAX:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._transport = None
        self.gone.set_result(None)
        self.talk.abandon()

    def pause_writing(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        try:
            for body in self._reader.feed(data):
                self.talk.take(body)
            self.talk.flush()
        except NO_FRAME:
            self.end()

    def end(self) -> None:
        """Sends what is answered and closes."""
        self.talk.flush()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Closes at once."""
        if self._transport is not None:
            self._transport.abort()

    def _greet(self, _: Hello) -> str:
        return self._hub.grant.shard

    def _send(self, body: bytes) -> None:
        if self._transport is not None:
            self._transport.write(framed(body))


def _bind(path: Path) -> socket.socket:
    """A socket that does not listen yet, so that nobody can connect before its file is closed to others."""
    ear = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        ear.bind(str(path))
        path.chmod(0o600)
    except BaseException:
        ear.close()
        raise
    return ear
