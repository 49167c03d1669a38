"""The one timer of a hub: it rings when the earliest alarm of the kernel is due."""

import asyncio
from collections.abc import Callable


class AlarmTimer:
    """Calls `ring` once at the earliest moment it was set to since it last rang."""

    def __init__(self, ring: Callable[[], None], *, now_us: Callable[[], int]) -> None:
        self._ring = ring
        self._now_us = now_us
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None
        self._due_us = 0

    @property
    def is_set(self) -> bool:
        """Whether it is going to ring."""
        return self._handle is not None

    def set(self, due_us: int) -> None:
        """Rings at this hub time, unless it rings before."""
        if self._handle is not None:
            if self._due_us <= due_us:
                return
            self._handle.cancel()
        self._due_us = due_us
        delay_s = max(0.0, (due_us - self._now_us()) / 1_000_000)
        self._handle = self._loop.call_later(delay_s, self._go_off)

    def cancel(self) -> None:
        """Does not ring any more, unless it is set again."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _go_off(self) -> None:
        self._handle = None
        self._ring()
