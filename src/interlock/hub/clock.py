"""The hub's time: microseconds since 1970 that never run backwards, never stand still and never jump.

It starts at the wall clock, or at the ledger's last time if that is later, and goes on with a clock that
counts elapsed time, suspends included. A wall clock that is set while the hub runs moves no lease.
"""

import time
from collections.abc import Callable


def elapsed_us() -> int:
    """Microseconds since some fixed point, on a clock that nobody can set."""
    return time.clock_gettime_ns(_STEADY) // 1_000


def wall_us() -> int:
    """Microseconds since 1970 by the machine's clock."""
    return time.time_ns() // 1_000


_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class HubClock:
    """Tells the hub's time. `wall` and `elapsed` can be replaced by a simulator's."""

    __slots__ = ("_elapsed", "_offset_us")

    def __init__(
        self,
        *,
        last_us: int,
        wall: Callable[[], int] = wall_us,
        elapsed: Callable[[], int] = elapsed_us,
    ) -> None:
        self._elapsed = elapsed
        self._offset_us = max(last_us, wall()) - elapsed()

    def now_us(self) -> int:
        """The hub's time now."""
        return self._offset_us + self._elapsed()


ClockMaker = Callable[[int], HubClock]
"""Makes a hub's clock, which goes on from the ledger's last time."""


def start_clock(last_us: int) -> HubClock:
    """The clock of this machine."""
    return HubClock(last_us=last_us)
