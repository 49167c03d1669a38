"""One claim from the start of its handler to its end on the ledger."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from interlock.kernel.command import Refusal
from interlock.kernel.errors import ConnectionLost, Invalid, Refused, StaleFence, Unavailable
from interlock.kernel.task.claim import Claim
from interlock.kernel.task.create import TaskRef
from interlock.kernel.task.finish import ErrorClass
from interlock.plane import Plane
from interlock.worker.call import CANCELLED, DRAINED, LOST, OVER_LIMIT, Call
from interlock.worker.context import Context
from interlock.worker.crossing import Crossing
from interlock.worker.failure import error_class_of, error_text_of
from interlock.worker.heartbeat import Heartbeat
from interlock.worker.patience import Patience
from interlock.worker.shift import Shift
from interlock.worker.stage import Outcome

Handler = Callable[[Claim, Context], Any]
"""`async def` or plain; what it returns is the task's result."""


class Attempt:
    """Runs a handler under a claim. Whatever the handler does, `run` ends the attempt and returns."""

    def __init__(self, shift: Shift, *, claim: Claim, handler: Handler) -> None:
        self._shift = shift
        self._settings = shift.settings
        self._claim = claim
        self._handler = handler
        crossing = Crossing(
            shift.plane, home=shift.loop, agent=shift.agent, refused=self._on_refusal
        )
        self._context = Context(
            Plane(crossing, address=shift.plane.address),
            task=claim,
            agent=shift.agent,
            session=shift.session,
            stage=shift.stage,
        )
        self._log = self._context.log
        self._call = Call(
            shift.stage,
            cancelled=self._context.cancelled,
            grace_s=shift.settings.grace_s,
            log=self._log,
        )
        self._heartbeat = Heartbeat(
            shift.plane, claim=claim, agent=shift.agent, log=self._log, tell=self._call.interrupt
        )
        self._end_id = f"end/{claim.task_id}/{claim.fence}"

    @property
    def is_stuck(self) -> bool:
        """Whether the handler was given up while it still ran."""
        return self._call.is_stuck

    async def run(self) -> None:
        """Returns when the task has been ended, given back or lost. Raises `ConnectionLost` when the plane
        stays out of reach."""
        self._log.info("started %s", self._claim.title)
        beating = self._shift.loop.create_task(self._heartbeat.beat())
        try:
            with self._shift.lookout.over(self._claim, partial(self._call.interrupt, CANCELLED)):
                outcome = await self._call.run(
                    self._handler,
                    self._claim,
                    self._context,
                    limit_s=self._settings.task_limit_s,
                )
            await self._end(outcome)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    def interrupt(self) -> None:
        """Gives the task back, unless its handler ends before it can be stopped."""
        self._call.interrupt(DRAINED)

    def _on_refusal(self, refusal: Refusal) -> None:
        """A handler's own write may learn before the heartbeat that the lease has passed on."""
        details = refusal.details
        if refusal.code == "stale_fence" and details.get("task_id") == self._claim.task_id:
            self._call.interrupt(LOST)

    async def _end(self, outcome: Outcome) -> None:
        """Tells the plane how it went, unless the lease has passed on."""
        reason = self._call.reason
        if reason == LOST:
            self._log.warning("the lease has passed on: the result is dropped")
        elif reason == OVER_LIMIT:
            limit_s = self._settings.task_limit_s
            await self._fail("TIMEOUT", f"the handler ran longer than {limit_s:g} s")
        elif reason and (outcome.error is not None or outcome.value is None):
            await self._settle(lambda: self._release(reason))
        elif outcome.error is not None:
            await self._fail_with(outcome.error)
        else:
            await self._complete(outcome.value)

    async def _complete(self, result: Any) -> None:
        try:
            await self._settle(
                lambda: self._shift.plane.complete_task(
                    self._claim.task_id,
                    fence=self._claim.fence,
                    result=result,
                    agent=self._shift.agent,
                )
            )
        except Invalid as error:
            await self._fail("PERMANENT", f"the result cannot be kept: {error.message}")

    async def _fail_with(self, error: BaseException) -> None:
        self._log.warning("the handler failed: %s", error_text_of(error), exc_info=error)
        await self._fail(error_class_of(error), error_text_of(error))

    async def _fail(self, error_class: ErrorClass, text: str) -> None:
        await self._settle(
            lambda: self._shift.plane.fail_task(
                self._claim.task_id,
                fence=self._claim.fence,
                error_class=error_class,
                error=text,
                agent=self._shift.agent,
                request_id=self._end_id,
            )
        )

    async def _release(self, reason: str) -> TaskRef:
        return await self._shift.plane.release_task(
            self._claim.task_id,
            fence=self._claim.fence,
            reason=reason,
            agent=self._shift.agent,
            request_id=self._end_id,
        )

    async def _settle(self, send: Callable[[], Awaitable[TaskRef]]) -> None:
        """Sends the end of the attempt until it is answered."""
        patience = Patience(patience_s=self._settings.patience_s)
        while True:
            self._heartbeat.is_held = True
            try:
                ref = await send()
            except StaleFence:
                self._log.warning("the lease has passed on: the result is dropped")
                return
            except (Unavailable, ConnectionLost) as error:
                self._heartbeat.is_held = False
                await patience.pause(error)
            except Invalid:
                self._heartbeat.is_held = False
                raise
            except Refused as error:
                self._log.error("the end of the attempt was refused: %s", error)
                return
            else:
                self._log.info("ended: %s", ref.status)
                return
