"""Pauses between attempts to reach a plane that cannot be reached or takes nothing now."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from interlock.kernel.errors import ConnectionLost, InterlockError, Unavailable

T = TypeVar("T")

FIRST_S: Final = 0.1
LONGEST_S: Final = 5.0
"""Jitter keeps a fleet from coming back at once."""


class Patience:
    """Counts failures in a row. A lost connection is waited for as long as `patience_s`; a plane that
    answers but refuses for now, without end."""

    def __init__(self, *, patience_s: float) -> None:
        self._patience_s = patience_s
        self._pause_s = FIRST_S
        self._lost_since_s = 0.0

    def renew(self) -> None:
        """The plane has answered."""
        self._pause_s = FIRST_S
        self._lost_since_s = 0.0

    async def pause(
        self, error: InterlockError, *, until: "asyncio.Future[None] | None" = None
    ) -> None:
        """Waits a while, or until `until` is done. Raises `error` when patience is at its end."""
        now_s = asyncio.get_running_loop().time()
        if isinstance(error, ConnectionLost):
            self._lost_since_s = self._lost_since_s or now_s
            if now_s - self._lost_since_s >= self._patience_s:
                raise error
        pause_s = random.uniform(self._pause_s / 2, self._pause_s)
        self._pause_s = min(LONGEST_S, self._pause_s * 2)
        if until is None:
            await asyncio.sleep(pause_s)
        else:
            await asyncio.wait({until}, timeout=pause_s)

    async def insist(self, call: Callable[[], Awaitable[T]]) -> T:
        """The answer of a call that is repeated until the plane takes it."""
        while True:
            try:
                return await call()
            except (Unavailable, ConnectionLost) as error:
                await self.pause(error)
