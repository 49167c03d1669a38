"""The sign to a handler that its result is no longer wanted."""

import asyncio
import inspect
import threading
from collections.abc import Awaitable
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

from interlock.worker.failure import Cancelled

T = TypeVar("T")


class Cancellation:
    """Set once, from any thread; read in the handler. `reason` says why."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._is_set = threading.Event()
        self._woken = asyncio.Event()
        self._lock = threading.Lock()
        self._is_forced = False
        self._waits: set[Future[Any]] = set()
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

    def force(self) -> None:
        """Ends what a plain handler waits for in `block_on`, now and from here on."""
        with self._lock:
            self._is_forced = True
            waits = list(self._waits)
        for wait in waits:
            wait.cancel()

    def block_on(self, awaitable: Awaitable[T]) -> T:
        """The result of an awaitable, for a thread that may block. Raises `Cancelled` when forced."""
        coroutine = awaitable if inspect.iscoroutine(awaitable) else _result_of(awaitable)
        wait: Future[T] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        with self._lock:
            self._waits.add(wait)
            if self._is_forced:
                wait.cancel()
        try:
            return wait.result()
        except CancelledError as error:
            raise Cancelled(self.reason) from error
        finally:
            with self._lock:
                self._waits.discard(wait)


async def _result_of(awaitable: Awaitable[T]) -> T:
    return await awaitable
