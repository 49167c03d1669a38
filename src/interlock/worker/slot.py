"""The pull loop: one slot claims a task, works it off, and claims the next one."""

from interlock.kernel.task.claim import Claim
from interlock.worker.attempt import Attempt
from interlock.worker.failure import Dependency, HandlerStuck
from interlock.worker.route import Routes
from interlock.worker.shift import POLL_S, Shift


class Slot:
    """Works on one task at a time. Idle, it waits in the hub; it claims nothing ahead."""

    def __init__(self, shift: Shift, routes: Routes) -> None:
        self._shift = shift
        self._routes = routes
        self._attempt: Attempt | None = None

    async def run(self) -> None:
        """Until the shift is over. Raises `HandlerStuck`, `ConnectionLost`, and refusals that no waiting
        mends."""
        shift, routes = self._shift, self._routes
        patience = shift.new_patience()
        while not shift.is_over:
            claim = await shift.take(
                lambda: shift.plane.claim_task(
                    queue=routes.queues,
                    capabilities=routes.capabilities,
                    session=shift.session,
                    lease_s=shift.settings.lease_s,
                    wait_s=POLL_S,
                    agent=shift.agent,
                ),
                patience=patience,
            )
            if isinstance(claim, Claim):
                await self._work(claim)

    def interrupt(self) -> None:
        """Gives back what is being worked on."""
        if self._attempt is not None:
            self._attempt.interrupt()

    async def _work(self, claim: Claim) -> None:
        if self._shift.is_over:
            await self._give_back(claim)
            return
        attempt = self._attempt = Attempt(
            self._shift, claim=claim, handler=self._routes.find(claim) or _no_handler
        )
        try:
            await attempt.run()
        finally:
            self._attempt = None
        if attempt.is_stuck:
            raise HandlerStuck(
                f"the handler of {claim.task_id} ({claim.title}) does not stop: start a fresh process"
            )

    async def _give_back(self, claim: Claim) -> None:
        """The claim was won while the shift ended."""
        await self._shift.new_patience().insist(
            lambda: self._shift.plane.release_task(
                claim.task_id,
                fence=claim.fence,
                reason="the worker is stopping",
                agent=self._shift.agent,
                request_id=f"end/{claim.task_id}/{claim.fence}",
            )
        )


async def _no_handler(task: Claim, _: object) -> None:
    """Another worker of the same queue may have the handler."""
    raise Dependency(f"no handler for category {task.category!r} of queue {task.queue}")
