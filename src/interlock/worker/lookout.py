"""Watches for word from the plane that claims were cancelled. Heartbeats would bring it, too, but later."""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from interlock.kernel.errors import ConnectionLost, Refused, Unavailable
from interlock.kernel.task.claim import Claim
from interlock.plane import Plane
from interlock.worker.log import FieldLog
from interlock.worker.patience import Patience

WATCH_S: Final = 50.0
"""How long one poll waits, and the longest that one is left over when no claim is held any more."""

EARLY_MAX: Final = 100
"""As many as one answer brings."""


class Lookout:
    """One long poll for all claims of a session, while it has any."""

    def __init__(self, plane: Plane, *, agent: str, session: str, log: FieldLog) -> None:
        self._plane = plane
        self._agent = agent
        self._session = session
        self._patience = Patience(patience_s=math.inf)
        self._log = log
        self._held: dict[tuple[str, int], Callable[[], None]] = {}
        self._early: deque[tuple[str, int]] = deque(maxlen=EARLY_MAX)
        """Cancelled before their attempt began, or after it ended: both answers may come in one turn."""
        self._after = 0
        self._watching: asyncio.Task[None] | None = None
        self._is_blind = False
        """Whether the plane does not tell: an older hub, or a key that may not ask."""

    @contextmanager
    def over(self, claim: Claim, tell: Callable[[], None]) -> Iterator[None]:
        """Calls `tell` when the claim is cancelled meanwhile."""
        key = (claim.task_id, claim.fence)
        self._held[key] = tell
        if key in self._early:
            tell()
        if self._watching is None and not self._is_blind:
            self._watching = asyncio.get_running_loop().create_task(self._watch())
        try:
            yield
        finally:
            del self._held[key]

    async def close(self) -> None:
        """Stops watching."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def _watch(self) -> None:
        try:
            while self._held and not self._is_blind:
                await self._look()
        finally:
            self._watching = None

    async def _look(self) -> None:
        try:
            found = await self._plane.get_cancellations(
                session=self._session, after=self._after, wait_s=WATCH_S, agent=self._agent
            )
        except (Unavailable, ConnectionLost) as error:
            await self._patience.pause(error)
        except Refused as error:
            self._is_blind = True
            self._log.info("cancellations come with the heartbeats only: %s", error)
        else:
            self._patience.renew()
            self._after = found.position
            for cancelled in found.items:
                self._tell((cancelled.task_id, cancelled.fence))

    def _tell(self, key: tuple[str, int]) -> None:
        tell = self._held.get(key)
        if tell is not None:
            tell()
            return
        self._early.append(key)
