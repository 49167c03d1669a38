"""An event loop on a virtual clock: no threads, no sockets, no waiting; the seed says who goes first."""

import asyncio
from collections.abc import Coroutine
from heapq import heappop
from random import Random
from typing import Any, TypeVar

_T = TypeVar("_T")


class SimLoop(asyncio.BaseEventLoop):
    """Runs what is ready in a seeded order; when nothing is, time jumps to the next timer."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._now_s = 0.0
        self._random = Random(seed).random

    def time(self) -> float:
        """Virtual seconds since the start of the world."""
        return self._now_s

    def run(self, main: Coroutine[Any, Any, _T]) -> _T:
        """Runs the coroutine to its end and closes the loop."""
        try:
            return self.run_until_complete(main)
        finally:
            # What still waits belongs to hubs that crashed: nobody will ask for it again.
            for task in asyncio.all_tasks(self):
                task._log_destroy_pending = False  # type: ignore[attr-defined]
            self.close()

    def _run_once(self) -> None:
        scheduled, ready = self._scheduled, self._ready
        if not ready:
            while scheduled and scheduled[0]._cancelled:
                heappop(scheduled)._scheduled = False
            if not scheduled:
                raise RuntimeError("nothing is left to happen, and somebody still waits")
            self._now_s = max(self._now_s, scheduled[0]._when)
        while scheduled and scheduled[0]._when <= self._now_s:
            handle = heappop(scheduled)
            handle._scheduled = False
            ready.append(handle)
        for _ in range(len(ready)):
            if len(ready) > 1:
                ready.rotate(-int(self._random() * len(ready)))
            handle = ready.popleft()
            if not handle._cancelled:
                handle._run()

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled timers leave when their time comes."""

    def _process_events(self, event_list: object) -> None:
        """There are no file descriptors."""

    def _write_to_self(self) -> None:
        """Nobody waits in a selector."""
