"""What one client is to be sent, in order."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final

from starlette.websockets import WebSocketDisconnect

FULL_BYTES: Final = 256 * 1024
"""Past it the client is not read any more, so that it does not call for more than it takes."""

OUTBOX_BYTES_MAX: Final = 64 * 1024 * 1024
"""Answers that may wait for one client that does not read: past it the connection is cut, and the client that
comes back gets them under its request ids."""


class Overflow(Exception):
    """The client does not read, and more is to be sent than may wait."""


class Outbox:
    """Sends with `send`, one message after the other. There is a task only while there is something to send."""

    def __init__(self, send: Callable[[bytes], Coroutine[Any, Any, None]]) -> None:
        self._send = send
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._writing: asyncio.Task[None] | None = None

    @property
    def is_full(self) -> bool:
        """Whether the client should be left alone until it has read."""
        return self._waiting_bytes > FULL_BYTES

    def add(self, body: bytes) -> None:
        """Sends a message when those before it are sent. Raises `Overflow`."""
        self._waiting.append(body)
        self._waiting_bytes += len(body)
        if self._waiting_bytes > OUTBOX_BYTES_MAX:
            raise Overflow
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def empty(self) -> None:
        """Returns when everything is sent, or the client is gone."""
        if self._writing is not None:
            await asyncio.wait([self._writing])

    async def close(self) -> None:
        """Forgets what is not sent."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.wait([self._writing])

    async def _write(self) -> None:
        try:
            while self._waiting:
                body = self._waiting.popleft()
                await self._send(body)
                self._waiting_bytes -= len(body)
        except WebSocketDisconnect:
            self._waiting.clear()
        finally:
            self._writing = None
