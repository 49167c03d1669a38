"""The way to a hub behind a server: a WebSocket, with the key in its opening request."""

import asyncio
import logging
import ssl
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHeaderValue, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri

from interlock.client.conversation import Conversation
from interlock.client.failure import BadKey, CannotConnect
from interlock.client.remote import RECONNECT_S, RemoteHub
from interlock.kernel.wire import FRAME_BYTES_MAX, UNAUTHENTICATED_CODE, WireError

PATH: Final = "/v1/socket"

SILENCE_S: Final = 15.0
"""A connection on which nothing came for two such spans is asked whether it still stands, and is left when
nothing comes for a third. The server asks oftener, so a client that lives behind a living server never does."""

SCHEMES: Final = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}

_log: Final = logging.getLogger(__name__)
_log.setLevel(logging.INFO)
"""At the level below, the WebSocket library would write the opening request with the key into the log."""


async def connect_websocket(
    address: str, *, key: str = "", reconnect_s: float = RECONNECT_S
) -> RemoteHub:
    """Connects to the server at a URL. Raises `CannotConnect`, and `BadKey` when it does not take the key."""
    url = socket_url(address)
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise BadKey(f"the key for {address} is none: it holds blanks or other characters")
    place = urlsplit(url)
    host = place.hostname or ""
    context = ssl.create_default_context() if place.scheme == "wss" else None

    async def dial(talk: Conversation) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(
            lambda: _WebSocketLink(talk, url=url, key=key),
            host,
            place.port or (443 if context else 80),
            ssl=context,
        )

    return await RemoteHub.connect(dial, address=address, reconnect_s=reconnect_s)


def socket_url(address: str) -> str:
    """Where the socket of the server at a URL is. Raises `CannotConnect` for what is no such URL."""
    try:
        place = urlsplit(address)
        has_place = bool(place.hostname) and place.port != 0
    except ValueError as error:
        raise CannotConnect(f"{address} is no URL: {error}") from error
    if place.scheme not in SCHEMES or not has_place:
        raise CannotConnect(f"{address} is no URL of a server, such as http://127.0.0.1:7470")
    if place.username is not None or place.query or place.fragment:
        # The address goes into logs and messages, so it is not shown here either.
        raise CannotConnect(
            "the URL of a server holds no name, key or query: give the key by itself"
        )
    path = place.path.rstrip("/").removesuffix(PATH) + PATH
    return urlunsplit((SCHEMES[place.scheme], place.netloc, path, "", ""))


class _WebSocketLink(asyncio.Protocol):
    """Frames as binary messages of a WebSocket."""

    def __init__(self, talk: Conversation, *, url: str, key: str) -> None:
        self._talk = talk
        self._key = key
        self._socket = ClientProtocol(parse_uri(url), max_size=FRAME_BYTES_MAX, logger=_log)
        self._parts: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._watch: asyncio.TimerHandle
        self._silences = 0
        self._error: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._watch = self._loop.call_later(SILENCE_S, self._listen)
        request = self._socket.connect()
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        self._socket.send_request(request)
        self._write()

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch.cancel()
        self._socket.receive_eof()
        self._talk.lost(self._error or _end_of(self._socket))

    def data_received(self, data: bytes) -> None:
        self._silences = 0
        self._socket.receive_data(data)
        for event in self._socket.events_received():
            if isinstance(event, Response):
                self._open()
            elif isinstance(event, Frame):
                self._receive(event)
        self._write()
        if self._socket.state is not State.OPEN:
            self._transport.close()

    def send(self, body: bytes) -> None:
        """Sends one frame."""
        if self._socket.state is State.OPEN:
            self._socket.send_binary(body)
            self._write()

    def close(self) -> None:
        """Closes after what was sent went out."""
        if self._socket.state is State.OPEN:
            self._socket.send_close(1000)
            self._write()
        self._transport.close()

    def abort(self) -> None:
        """Closes at once."""
        self._transport.abort()

    def _open(self) -> None:
        """The server has answered the opening request."""
        error = self._socket.handshake_exc
        if error is None:
            self._talk.made(self)
        elif isinstance(error, InvalidStatus) and error.response.status_code == 401:
            self._error = BadKey(
                "the server does not take the key: it is unknown, revoked or expired"
            )
        else:
            self._error = WireError(_explained(error))

    def _receive(self, frame: Frame) -> None:
        if frame.opcode is Opcode.BINARY or frame.opcode is Opcode.CONT:
            self._parts.append(bytes(frame.data))
            if frame.fin:
                parts, self._parts = self._parts, []
                self._talk.received(parts[0] if len(parts) == 1 else b"".join(parts))
        elif frame.opcode is Opcode.TEXT:
            self._talk.fail(WireError("the server sent text"))

    def _write(self) -> None:
        for sent in self._socket.data_to_send():
            if sent:
                self._transport.write(sent)

    def _listen(self) -> None:
        """Asks a server that has been silent for a sign of life, then gives it up."""
        self._silences += 1
        if self._silences > 3:
            self._error = WireError("the server is silent")
            self._transport.abort()
            return
        if self._silences == 3 and self._socket.state is State.OPEN:
            self._socket.send_ping(b"")
            self._write()
        self._watch = self._loop.call_later(SILENCE_S, self._listen)


def _end_of(socket: ClientProtocol) -> Exception:
    """Why the server ended the connection."""
    if socket.close_code == UNAUTHENTICATED_CODE:
        return BadKey("the server wants a key: none was given")
    reason = socket.close_reason or "the server closed the connection"
    return WireError(reason)


def _explained(error: Exception) -> str:
    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        return f"it answers {status} to a WebSocket: is it an Interlock server, and the path right?"
    if isinstance(error, InvalidHeaderValue):
        return f"it is no WebSocket server: {error}"
    return f"it does not speak as a WebSocket server does: {error}"
