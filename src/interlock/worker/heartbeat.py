"""Keeps one lease alive from the plane's own loop, and learns with it what became of the task."""

import asyncio
import random
from collections.abc import Callable
from typing import Final

from interlock.kernel.errors import ConnectionLost, NotFound, Refused, StaleFence
from interlock.kernel.task.claim import Claim
from interlock.plane import Plane
from interlock.worker.log import FieldLog

BEATS_PER_LEASE: Final = 3
"""One beat may be lost and the next one still comes in time."""

RETRY_S_MAX: Final = 1.0


class Heartbeat:
    """Beats until its task is cancelled. `tell` hears `cancelled` or `lost`, once."""

    def __init__(
        self, plane: Plane, *, claim: Claim, agent: str, log: FieldLog, tell: Callable[[str], None]
    ) -> None:
        self._plane = plane
        self._claim = claim
        self._agent = agent
        self._log = log
        self._tell = tell
        self._interval_s = claim.lease_ms / 1_000 / BEATS_PER_LEASE
        self.is_held = False
        """Set while the task is being ended: a beat behind its end would look like that of a zombie."""

    async def beat(self) -> None:
        """Runs until there is nothing left to keep alive."""
        pause_s = self._interval_s
        while True:
            await asyncio.sleep(pause_s)
            if self.is_held:
                continue
            try:
                lease = await self._plane.extend_lease(
                    self._claim.task_id, fence=self._claim.fence, agent=self._agent
                )
            except (StaleFence, NotFound):
                return self._tell("lost")
            except (Refused, ConnectionLost) as error:
                self._log.warning("the heartbeat did not get through: %s", error)
                pause_s = random.uniform(0.5, 1.0) * min(self._interval_s, RETRY_S_MAX)
            else:
                pause_s = self._interval_s
                if lease.is_cancelled:
                    return self._tell("cancelled")
