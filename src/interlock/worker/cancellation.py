"""The sign to a handler that its result is no longer wanted."""

import asyncio
import threading


class Cancellation:
    """Set once, from any thread; read in the handler. `reason` says why."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._is_set = threading.Event()
        self._woken = asyncio.Event()
        self.reason = ""

    def is_set(self) -> bool:
        """Whether the handler should stop."""
        return self._is_set.is_set()

    async def wait(self) -> None:
        """Returns when the handler should stop. A plain handler takes `ctx.wait(ctx.cancelled.wait())`."""
        await self._woken.wait()

    def set(self, reason: str) -> None:
        """Asks the handler to stop; the first reason stays."""
        if not self._is_set.is_set():
            self.reason = reason
            self._is_set.set()
            self._loop.call_soon_threadsafe(self._woken.set)
