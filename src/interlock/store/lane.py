"""One thread that does blocking work in the order in which it was asked for."""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from interlock.store.contract import StoreError

log = logging.getLogger(__name__)

Result = TypeVar("Result")

JOIN_S: Final = 30.0
"""How long `close` waits for the thread to end after its last job has answered: it has nothing left
to do.
"""


PATIENCE_S: Final = 0.002
"""How long a job may take before its loop begins to pause for it."""

PAUSE_S: Final = 0.00005
"""Long enough for a waiting thread to take the interpreter lock, short enough for a loop."""


HAND_OVER_S: Final = 0.0005
"""How long a busy loop stands back at the most; the thread takes a tenth of it, unless it is at work already."""


class _Job(Generic[Result]):
    """Blocking work, and the future in some event loop that waits for it."""

    __slots__ = ("future", "loop", "taken", "work")

    def __init__(self, work: Callable[[], Result]) -> None:
        self.work = work
        self.taken: threading.Event | None = None
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Result] = self.loop.create_future()

    def do(self) -> None:
        """Runs the work in the lane's thread and hands its outcome to the waiting loop."""
        if self.taken is not None:
            self.taken.set()
        try:
            result = self.work()
        except BaseException as error:  # noqa: BLE001 - the one who asked decides what it means
            self._deliver(self._fail, error)
        else:
            self._deliver(self._answer, result)

    def _deliver(self, settle: Callable[[Any], None], outcome: Any) -> None:
        try:
            self.loop.call_soon_threadsafe(settle, outcome)
        except RuntimeError:  # the loop has ended: nobody waits any more
            return

    def _answer(self, result: Result) -> None:
        if not self.future.done():
            self.future.set_result(result)

    def _fail(self, error: BaseException) -> None:
        if not self.future.done():
            self.future.set_exception(error)


def _nudge(job: _Job[Any]) -> None:
    """Gives the lane's thread a turn at the interpreter lock.

    A busy event loop drops the lock for a microsecond in every turn. A thread that waits for it is woken each time, too
    late each time, and never waits long enough to ask for it: seconds were measured. So the loop pauses.
    """
    if not job.future.done():
        time.sleep(PAUSE_S)
        job.loop.call_later(PATIENCE_S, _nudge, job)


class Lane:
    """A thread of its own for one connection. Work that was taken is done, even if its caller is
    cancelled.

    `tidy` is the lane's own work, done in its thread: called with `is_busy` true after each job,
    when the answer is on its way, and with false when no job came for a while. It returns the
    seconds after which it wants to be called again if no job comes, or None for not before the next
    job.
    """

    def __init__(self, name: str, *, tidy: Callable[[bool], float | None] | None = None) -> None:
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._tidy = tidy
        self._last: _Job[None] | None = None
        # A daemon, so that a program that forgot `close` still ends: a commit cut off is no commit.
        self._thread = threading.Thread(target=self._drive, name=name, daemon=True)
        self._thread.start()

    def start(
        self, work: Callable[[], Result], *, hand_over: bool = False
    ) -> asyncio.Future[Result]:
        """Has the work done in the thread, after all that was asked for before it.

        With `hand_over` the caller, who has much to do, stands back until the thread has begun.
        """
        if self._last is not None:
            raise StoreError("this store is closed: open another one")
        taken = threading.Event() if hand_over else None
        job = self._enqueue(work, taken=taken)
        if taken is not None:
            taken.wait(HAND_OVER_S)
        nudge = job.loop.call_later(PATIENCE_S, _nudge, job)
        job.future.add_done_callback(lambda _: nudge.cancel())
        return job.future

    async def run(self, work: Callable[[], Result]) -> Result:
        """Does the work in the thread, after all that was asked for before it."""
        return await self.start(work)

    async def close(self, work: Callable[[], None]) -> None:
        """Does the last work and ends the thread, even if the caller is cancelled. Safe to call
        twice.
        """
        if self._last is None:
            self._last = self._enqueue(work)
            self._jobs.put(None)
        if self._last.loop is asyncio.get_running_loop():
            await asyncio.wait([self._last.future])
        self._thread.join(JOIN_S)

    def _enqueue(
        self, work: Callable[[], Result], *, taken: threading.Event | None = None
    ) -> _Job[Result]:
        # A thread does not live on in a forked child: its queue would never be served.
        if not self._thread.is_alive():
            raise StoreError(
                "this store belongs to the process that opened it: open one after the fork"
            )
        job = _Job(work)
        job.taken = taken
        self._jobs.put(job)
        return job

    def _drive(self) -> None:
        wait_s: float | None = None
        while True:
            try:
                job = self._jobs.get(timeout=wait_s)
            except queue.Empty:
                wait_s = self._tidy_up(is_busy=False)
                continue
            if job is None:
                return
            job.do()
            # Not kept while waiting for the next one: it holds the events of a whole commit.
            del job
            wait_s = self._tidy_up(is_busy=True)

    def _tidy_up(self, *, is_busy: bool) -> float | None:
        if self._tidy is None:
            return None
        try:
            return self._tidy(is_busy)
        except Exception:  # the thread must go on serving jobs, whatever its own work ran into
            log.exception("the thread %s could not do its own work", self._thread.name)
            return None
