"""Messages and events as work: one at a time, settled after their handler returned."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from interlock.kernel.errors import Refused
from interlock.plane import Plane
from interlock.worker.call import DRAINED, Call
from interlock.worker.cancellation import Cancellation
from interlock.worker.crossing import Crossing
from interlock.worker.desk import Desk
from interlock.worker.failure import HandlerStuck, error_class_of, error_text_of
from interlock.worker.log import worker_log
from interlock.worker.shift import Shift
from interlock.worker.source import Item, Source
from interlock.worker.stage import Outcome

Listener = Callable[[Any, Any], Any]
"""`async def` or plain, called with a message or an event and its `Desk`."""

LIMIT_S: Final = 60.0
"""How long a listener may take unless told otherwise."""

FINAL_CLASSES: Final = frozenset({"PERMANENT", "POLICY"})


class Inbox:
    """Hands the items of a source to a listener.

    An item stays invisible to others for longer than its listener can run, so that nobody works on it twice
    at once. When the listener raises, the item comes again after that time; `Permanent` and `Policy` refuse it.
    """

    def __init__(self, shift: Shift, *, source: Source, listener: Listener, limit_s: float) -> None:
        self._shift = shift
        self._source = source
        self._listener = listener
        self._limit_s = limit_s
        self._visibility_s = limit_s + 3 * shift.settings.grace_s
        self._call: Call | None = None

    async def run(self) -> None:
        """Until the shift is over. Raises `HandlerStuck`, `ConnectionLost`, and refusals that no waiting
        mends."""
        patience = self._shift.new_patience()
        await patience.insist(self._source.open)
        while not self._shift.is_over:
            item = await self._shift.take(
                lambda: self._source.poll(visibility_s=self._visibility_s), patience=patience
            )
            if item is not None:
                await self._work(item)

    def interrupt(self) -> None:
        """Gives back what is being worked on."""
        if self._call is not None:
            self._call.interrupt(DRAINED)

    async def _work(self, item: Item) -> None:
        if self._shift.is_over:
            await self._settle(lambda: self._source.give_back(item))
            return
        shift = self._shift
        cancelled = Cancellation(shift.stage.loop)
        log = worker_log(agent=shift.agent, session=shift.session, about=item.correlation_id)
        desk = Desk(
            Plane(
                Crossing(shift.plane, home=shift.loop, agent=shift.agent),
                address=shift.plane.address,
            ),
            agent=shift.agent,
            session=shift.session,
            cancelled=cancelled,
            log=log,
            key=item.key,
            correlation_id=item.correlation_id,
        )
        call = self._call = Call(
            shift.stage, cancelled=cancelled, grace_s=shift.settings.grace_s, log=log
        )
        try:
            outcome = await call.run(self._listener, item.value, desk, limit_s=self._limit_s)
        finally:
            self._call = None
        await self._end(item, call=call, outcome=outcome, desk=desk)
        if call.is_stuck:
            raise HandlerStuck(f"the listener of {item.key} does not stop: start a fresh process")

    async def _end(self, item: Item, *, call: Call, outcome: Outcome, desk: Desk) -> None:
        error = outcome.error
        if error is None and not call.is_stuck:
            await self._settle(lambda: self._source.settle(item))
        elif call.reason == DRAINED:
            await self._settle(lambda: self._source.give_back(item))
        elif error is not None and error_class_of(error) in FINAL_CLASSES:
            desk.log.warning("%s is refused: %s", item.key, error_text_of(error))
            await self._settle(lambda: self._source.refuse(item, reason=error_text_of(error)))
        else:
            why = call.reason or error_text_of(error or TimeoutError())
            desk.log.warning("%s comes again: %s", item.key, why, exc_info=error)

    async def _settle(self, send: Callable[[], Awaitable[None]]) -> None:
        """A late receipt settles nothing: somebody else has the item by now, or it is settled already."""
        try:
            await self._shift.new_patience().insist(send)
        except Refused as error:
            self._shift.log.warning("the item was settled by somebody else: %s", error)
