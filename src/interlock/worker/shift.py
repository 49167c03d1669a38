"""What everything that runs during one `run` of a worker shares: who it is, and whether it is over."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from interlock.kernel.errors import ConnectionLost, Refused, Unavailable
from interlock.plane import Plane
from interlock.worker.log import worker_log
from interlock.worker.lookout import Lookout
from interlock.worker.patience import Patience
from interlock.worker.settings import Settings
from interlock.worker.stage import Stage

T = TypeVar("T")

POLL_S: Final = 20.0
"""How long one long poll waits. A change of the hub is noticed by the connection, not by its end."""


class Shift:
    """One session of one agent. After `stop` nothing new is taken."""

    def __init__(
        self, plane: Plane, *, agent: str, session: str, settings: Settings, stage: Stage
    ) -> None:
        self.plane = plane
        self.agent = agent
        self.session = session
        self.settings = settings
        self.stage = stage
        self.loop = asyncio.get_running_loop()
        self.log = worker_log(agent=agent, session=session)
        self.lookout = Lookout(plane, agent=agent, session=session, log=self.log)
        self.stopping: asyncio.Future[None] = self.loop.create_future()
        """Done when nothing new is to be taken."""
        self.closed: asyncio.Future[None] = self.loop.create_future()
        """Done when the hub gives nothing more to this session, so that a poll can be left without losing
        what it was about to bring."""

    @property
    def is_over(self) -> bool:
        """Whether nothing new is to be taken."""
        return self.stopping.done()

    def stop(self) -> None:
        """Takes nothing new from here on."""
        if not self.stopping.done():
            self.stopping.set_result(None)

    def new_patience(self) -> Patience:
        """For one line of calls."""
        return Patience(patience_s=self.settings.patience_s)

    def close(self) -> None:
        """Gives up the polls that still wait."""
        if not self.closed.done():
            self.closed.set_result(None)

    async def take(
        self, poll: Callable[[], Coroutine[Any, Any, T]], *, patience: Patience
    ) -> T | None:
        """The answer of a long poll, or None when there was none: the shift is over, or the plane gives
        nothing now, which has been waited for. Raises `ConnectionLost` when patience is at its end, and
        refusals that no waiting mends."""
        try:
            answer = await self._answer_of(poll())
        except (Unavailable, ConnectionLost) as error:
            await self._pause(error, patience)
        except Refused as error:
            if error.code == "session_closed" and self.is_over:
                return None
            if error.code != "paused":
                raise
            await self._pause(error, patience)
        else:
            patience.renew()
            return answer
        return None

    async def _pause(self, error: Refused | ConnectionLost, patience: Patience) -> None:
        self.log.warning("nothing to be had now: %s", error)
        await patience.pause(error, until=self.stopping)

    async def _answer_of(self, call: Coroutine[Any, Any, T]) -> T | None:
        """None when the session was closed before the answer came."""
        polling = self.loop.create_task(call)
        ends: list[asyncio.Future[Any]] = [polling, self.closed]
        try:
            await asyncio.wait(ends, return_when="FIRST_COMPLETED")
        except asyncio.CancelledError:
            polling.cancel()
            raise
        if polling.done():
            return polling.result()
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
        return None
