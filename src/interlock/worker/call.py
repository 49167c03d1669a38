"""One call of a handler: asked to stop, then cancelled, then given up."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from interlock.worker.cancellation import Cancellation
from interlock.worker.log import FieldLog
from interlock.worker.stage import Outcome, Running, Stage

CANCELLED: Final = "cancelled"
LOST: Final = "lost"
OVER_LIMIT: Final = "over its time limit"
DRAINED: Final = "the worker is stopping"
"""Why a handler is interrupted."""

PATIENT: Final = frozenset({CANCELLED, LOST})
"""Reasons for which a handler may first stop by itself; it has had its time under the others."""


class Call:
    """Runs a handler on the stage until it ends or is interrupted. It belongs to the plane's loop."""

    def __init__(
        self, stage: Stage, *, cancelled: Cancellation, grace_s: float, log: FieldLog
    ) -> None:
        self._stage = stage
        self._cancelled = cancelled
        self._grace_s = grace_s
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._interruption: asyncio.Future[str] = self._loop.create_future()
        self.is_stuck = False
        """Whether the handler was given up while it still ran."""

    @property
    def reason(self) -> str:
        """Why the handler was interrupted; empty when it was not."""
        return self._interruption.result() if self._interruption.done() else ""

    def interrupt(self, reason: str) -> None:
        """Stops the handler; the first reason counts."""
        if not self._interruption.done():
            self._interruption.set_result(reason)

    async def run(
        self, handler: Callable[..., Any], *arguments: Any, limit_s: float | None
    ) -> Outcome:
        """How the handler ended: without value and error when it was given up."""
        timer = None
        if limit_s is not None:
            timer = self._loop.call_later(limit_s, self.interrupt, OVER_LIMIT)
        running = self._stage.run(handler, *arguments)
        ends: list[asyncio.Future[Any]] = [running.ended, self._interruption]
        try:
            await asyncio.wait(ends, return_when="FIRST_COMPLETED")
            if not running.ended.done():
                await self._stop(running)
        finally:
            if timer is not None:
                timer.cancel()
        return running.ended.result() if running.ended.done() else Outcome()

    async def _stop(self, running: Running) -> None:
        self._log.info("interrupting the handler: %s", self.reason)
        self._cancelled.set(self.reason)
        if self.reason in PATIENT:
            await asyncio.wait({running.ended}, timeout=self._grace_s)
        if not running.ended.done():
            running.interrupt()
            self._cancelled.force()
            await asyncio.wait({running.ended}, timeout=self._grace_s)
        if not running.ended.done():
            self.is_stuck = True
            self._log.error("the handler does not stop: it is given up")
