"""The hub's ear for other processes of this machine: a Unix socket that only this user may open."""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Any, Final

import msgspec

from interlock.hub.hub import Hub
from interlock.kernel.border import check_command
from interlock.kernel.command import Refusal, Reply
from interlock.kernel.errors import Invalid
from interlock.kernel.wire import (
    CALLS_MAX,
    FRAME_BYTES_SOFT,
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
    encode_raw,
)

CONNECTIONS_MAX: Final = 4_096
"""Connections that one hub holds open; one more is closed at once."""


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
        before = os.umask(0o177)
        try:
            loop = asyncio.get_running_loop()
            listener._server = await loop.create_unix_server(listener._accept, str(path))
        finally:
            os.umask(before)
        return listener

    async def close(self) -> None:
        """Takes no more connections and closes those that are open, after what was answered went out."""
        assert self._server is not None
        self._server.close()
        for connection in list(self._connections):
            connection.end()
        await self._server.wait_closed()
        self._remove()

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

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(self)
        if len(self._connections) > CONNECTIONS_MAX:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._transport = None
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
        except (WireError, msgspec.DecodeError):
            self.end()

    def end(self) -> None:
        """Sends what is answered and closes."""
        self._flush()
        if self._transport is not None:
            self._transport.close()

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
            self._send(Welcome(shard=self._hub.grant.shard))
        else:
            self._send(Welcome(shard=self._hub.grant.shard))
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
        except msgspec.DecodeError as error:
            self._answer(number, Refusal(code="invalid", message=str(error)))
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
        frame: list[tuple[int, msgspec.Raw]] = []
        bytes_taken = 0
        for number, reply in answers:
            raw = encode_raw(reply)
            if bytes_taken + len(bytes(raw)) > FRAME_BYTES_SOFT:
                self._send(Answers(answers=frame))
                frame, bytes_taken = [], 0
            frame.append((number, raw))
            bytes_taken += len(bytes(raw))
        if frame:
            self._send(Answers(answers=frame))

    def _send(self, message: Any) -> None:
        if self._transport is not None:
            self._transport.write(encode_frame(message))
