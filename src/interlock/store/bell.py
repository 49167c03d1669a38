"""Tells those who wait for new events that a commit has landed."""

import asyncio
from typing import Final

WAITERS_MAX: Final = 10_000
"""More readers than this waiting at one store is a leak, not a fleet."""


class Bell:
    """Rung by the writer from any thread; waited for in event loops.

    A waiter notes `rung` before it looks for news and hands it to `wait`: a ring in between is not
    lost.
    """

    def __init__(self) -> None:
        self.rung = 0
        self._waiters: list[asyncio.Future[None]] = []

    def ring(self) -> None:
        """Wakes everyone who waits now."""
        self.rung += 1
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            try:
                waiter.get_loop().call_soon_threadsafe(_wake, waiter)
            except RuntimeError:  # that loop has ended, and its waiter with it
                continue

    async def wait(self, *, seen: int, timeout_s: float) -> bool:
        """Returns true once the bell has rung more than `seen` times, false after `timeout_s`."""
        self._waiters = [waiter for waiter in self._waiters if not waiter.done()]
        assert len(self._waiters) < WAITERS_MAX, "too many readers wait at one store"
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        # Looked at only after the waiter is listed: a ring from another thread meets one of the
        # two.
        if self.rung == seen:
            await asyncio.wait([waiter], timeout=timeout_s)
        waiter.cancel()
        return self.rung != seen


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
