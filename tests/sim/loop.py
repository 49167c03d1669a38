"""An event loop on a virtual clock: no threads, no sockets, no waiting; the seed says who goes first."""

import asyncio
from collections.abc import Coroutine
from heapq import heappop, heappush
from random import Random
from typing import Any, TypeVar

from tests.sim.violation import Violation

_T = TypeVar("_T")

CALLBACKS_PER_MOMENT_MAX = 100_000
"""More than this without any time passing is an endless loop."""


class SimLoop(asyncio.BaseEventLoop):
    """Runs what is ready in a seeded order; when nothing is, time jumps to the next timer."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._now_s = 0.0
        self._random = Random(seed).random
        self.failure: BaseException | None = None
        """Set by whoever has seen enough: ends the run at once."""
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._timer_count = 0
        self._at_this_moment = 0
        self._is_over = False

    def time(self) -> float:
        """Virtual seconds since the start of the world."""
        return self._now_s

    def run(self, main: Coroutine[Any, Any, _T]) -> _T:
        """Runs the coroutine to its end and closes the loop."""
        try:
            return self.run_until_complete(main)
        finally:
            self._clear_away()
            self.close()

    def _clear_away(self) -> None:
        """Ends what still waits: it belongs to a world that nobody looks at any more."""
        self._is_over = True
        self._at_this_moment = 0
        self.set_task_factory(None)
        self.set_exception_handler(lambda loop, context: None)
        left = asyncio.all_tasks(self)
        for task in left:
            task.cancel()
        if left:
            self.run_until_complete(asyncio.gather(*left, return_exceptions=True))

    def _run_once(self) -> None:
        timers, ready = self._timers, self._ready
        if not ready:
            while timers and timers[0][2]._cancelled:
                heappop(timers)
            if not timers:
                raise RuntimeError("nothing is left to happen, and somebody still waits")
            if timers[0][0] > self._now_s:
                self._now_s = timers[0][0]
                self._at_this_moment = 0
        while timers and timers[0][0] <= self._now_s:
            ready.append(heappop(timers)[2])
        self._at_this_moment += len(ready)
        if self._at_this_moment > CALLBACKS_PER_MOMENT_MAX:
            raise Violation("time_goes_on", f"it stands still at {self._now_s} s")
        for _ in range(len(ready)):
            if len(ready) > 1:
                ready.rotate(-int(self._random() * len(ready)))
            handle = ready.popleft()
            if not handle._cancelled:
                handle._run()
        if self.failure is not None and not self._is_over:
            raise self.failure

    def call_at(
        self, when: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        """See `asyncio`; numbered tuples are compared faster than handles."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._timer_count += 1
        heappush(self._timers, (when, self._timer_count, handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled timers leave when their time comes."""

    def _asyncgen_finalizer_hook(self, agen: Any) -> None:
        """When the collector finds a generator must not matter: the same seed is the same world."""
        self._asyncgens.discard(agen)

    def _process_events(self, event_list: object) -> None:
        """There are no file descriptors."""

    def _write_to_self(self) -> None:
        """Nobody waits in a selector."""
