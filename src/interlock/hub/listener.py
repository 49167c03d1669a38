"""The hub's ear for other processes of this machine: a Unix socket that only this user may open."""

import asyncio
import contextlib
import socket
from pathlib import Path
from typing import Final

import msgspec

from interlock.hub.hub import Hub
from interlock.kernel.border import check_command
from interlock.kernel.command import Refusal, Reply
from interlock.kernel.errors import Invalid
from interlock.kernel.wire import (
    ANSWER_BYTES_MAX,
    CALLS_MAX,
    FRAME_BYTES_SOFT,
    MALFORMED,
    PROTOCOL,
    Abandon,
    Answers,
    Calls,
    FrameReader,
    Hello,
    Welcome,
    WireError,
    decode_command,
    decode_request,
    encode_frame,
)

CONNECTIONS_MAX: Final = 4_096
"""Connections that one hub holds open; one more is closed at once."""

BACKLOG: Final = 128
"""Connections that may wait to be taken."""

LINGER_S: Final = 2.0
"""How long a listener that closes waits for clients to take their last answers."""


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
        """Takes no more connections and closes those that are open, after what was answered went out. A client
        that does not take its answers is not waited for."""
        assert self._server is not None
        self._server.close()
        self._remove()
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
    """One client. Its answers of one turn of the loop leave in one frame."""

    def __init__(self, hub: Hub, connections: "set[_Connection]") -> None:
        self._hub = hub
        self._connections = connections
        self._loop = asyncio.get_running_loop()
        self._reader = FrameReader()
        self._answers: list[tuple[int, Reply]] = []
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._transport: asyncio.Transport | None = None
        self._is_welcome = False
        self.gone: asyncio.Future[None] = self._loop.create_future()

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
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            future.cancel()

    def pause_writing(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        try:
            for frame in self._reader.feed(data):
                self._take(decode_request(frame))
        except (WireError, *MALFORMED):
            self.end()

    def end(self) -> None:
        """Sends what is answered and closes."""
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Closes at once."""
        if self._transport is not None:
            self._transport.abort()

    def _take(self, frame: Hello | Calls | Abandon) -> None:
        if isinstance(frame, Calls):
            if not self._is_welcome:
                raise WireError("calls came before hello")
            for number, raw in frame.calls:
                self._call(number, raw)
        elif isinstance(frame, Abandon):
            for number in frame.calls:
                future = self._waiting.pop(number, None)
                if future is not None:
                    future.cancel()
        elif frame.protocol == PROTOCOL:
            self._is_welcome = True
            self._send(encode_frame(Welcome(shard=self._hub.grant.shard)))
        else:
            self._send(encode_frame(Welcome(shard=self._hub.grant.shard)))
            raise WireError(f"protocol {frame.protocol} is not {PROTOCOL}")

    def _call(self, number: int, raw: msgspec.Raw) -> None:
        if len(self._waiting) >= CALLS_MAX:
            self._answer(
                number, Refusal(code="limit", message=f"{CALLS_MAX} calls of this connection wait")
            )
            return
        try:
            answer = self._hub.submit(check_command(decode_command(raw)))
        except Invalid as error:
            self._answer(number, Refusal(code="invalid", message=error.message))
        except MALFORMED as error:
            self._answer(number, Refusal(code="invalid", message=f"no command: {error}"))
        else:
            if isinstance(answer, asyncio.Future):
                self._waiting[number] = answer
                answer.add_done_callback(lambda done: self._finish(number, done))
            else:
                self._answer(number, answer)

    def _finish(self, number: int, done: "asyncio.Future[Reply]") -> None:
        if self._waiting.pop(number, None) is not None and not done.cancelled():
            self._answer(number, done.result())

    def _answer(self, number: int, reply: Reply) -> None:
        if not self._answers:
            self._loop.call_soon(self._flush)
        self._answers.append((number, reply))

    def _flush(self) -> None:
        answers, self._answers = self._answers, []
        if answers:
            self._send_answers(answers)

    def _send_answers(self, answers: list[tuple[int, Reply]]) -> None:
        """Sends them in one frame, or in several where one would be too long."""
        frame = encode_frame(Answers(answers=answers))
        if len(frame) > FRAME_BYTES_SOFT and len(answers) > 1:
            middle = len(answers) // 2
            self._send_answers(answers[:middle])
            self._send_answers(answers[middle:])
        elif len(frame) > ANSWER_BYTES_MAX:
            self._send_answers([(answers[0][0], _too_long(len(frame)))])
        else:
            self._send(frame)

    def _send(self, frame: bytes) -> None:
        if self._transport is not None:
            self._transport.write(frame)


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


def _too_long(length_bytes: int) -> Refusal:
    message = (
        f"the answer has {length_bytes} bytes, over the {ANSWER_BYTES_MAX} that one frame takes: "
        "ask for fewer items, or in the owner's process"
    )
    return Refusal(code="limit", message=message)
