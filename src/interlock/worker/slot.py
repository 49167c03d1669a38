"""The pull loop: one slot claims a task, works it off, and claims the next one."""

from interlock.kernel.command import Reply
from interlock.kernel.errors import ConnectionLost, Refused, Unavailable
from interlock.kernel.task.claim import Claim
from interlock.worker.attempt import DRAINED, Attempt
from interlock.worker.failure import Dependency, HandlerStuck
from interlock.worker.patience import Patience
from interlock.worker.route import Routes
from interlock.worker.shift import POLL_S, Shift


class Slot:
    """Works on one task at a time. Idle, it waits in the hub; it claims nothing ahead."""

    def __init__(self, shift: Shift, routes: Routes) -> None:
        self._shift = shift
        self._routes = routes
        self._attempt: Attempt | None = None
        self._patience = Patience(patience_s=shift.settings.patience_s)

    async def run(self) -> None:
        """Until the shift is over. Raises `HandlerStuck`, `ConnectionLost`, and refusals that no waiting
        mends."""
        while not self._shift.is_over:
            claim = await self._claim()
            if isinstance(claim, Claim):
                await self._work(claim)

    def interrupt(self) -> None:
        """Gives back what is being worked on."""
        if self._attempt is not None:
            self._attempt.interrupt(DRAINED)

    async def _claim(self) -> Reply | None:
        shift = self._shift
        claiming = shift.plane.claim_task(
            queue=self._routes.queues,
            capabilities=self._routes.capabilities,
            session=shift.session,
            lease_s=shift.settings.lease_s,
            wait_s=POLL_S,
            agent=shift.agent,
        )
        try:
            claim = await shift.poll(claiming)
        except (Unavailable, ConnectionLost) as error:
            await self._pause(error)
        except Refused as error:
            if error.code == "session_closed" and shift.is_over:
                return None
            if error.code != "paused":
                raise
            await self._pause(error)
        else:
            self._patience.renew()
            return claim
        return None

    async def _pause(self, error: Refused | ConnectionLost) -> None:
        self._shift.log.warning("no claim now: %s", error)
        await self._patience.pause(error, until=self._shift.stopping)

    async def _work(self, claim: Claim) -> None:
        handler = self._routes.find(claim) or _no_handler
        attempt = self._attempt = Attempt(self._shift, claim, handler)
        if self._shift.is_over:
            attempt.interrupt(DRAINED)
        try:
            await attempt.run()
        finally:
            self._attempt = None
        if attempt.is_stuck:
            raise HandlerStuck(
                f"the handler of {claim.task_id} ({claim.title}) does not stop: start a fresh process"
            )


async def _no_handler(task: Claim, _: object) -> None:
    """Another worker of the same queue may have the handler."""
    raise Dependency(f"no handler for category {task.category!r} of queue {task.queue}")
