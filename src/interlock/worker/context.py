"""What a task's handler can do: all of the desk under its claim's fence, and durable progress."""

from collections.abc import Awaitable, Callable
from typing import Any

from interlock.kernel.payload import decode_json
from interlock.kernel.task.claim import Claim
from interlock.kernel.task.lease import LeaseState
from interlock.plane import Plane
from interlock.worker.cancellation import Cancellation
from interlock.worker.desk import Desk
from interlock.worker.log import task_log
from interlock.worker.stage import Stage, call_on_loop


class Context(Desk):
    """One attempt at one task. Every write carries the task's id and fence: once the lease has passed on, it
    is refused with `StaleFence` and changes nothing."""

    def __init__(
        self, plane: Plane, *, task: Claim, agent: str, session: str, stage: Stage
    ) -> None:
        super().__init__(
            plane,
            agent=agent,
            session=session,
            cancelled=Cancellation(stage.loop),
            log=task_log(task, agent=agent, session=session),
            key=task.task_id,
            correlation_id=task.correlation_id,
            proof={"task_id": task.task_id, "fence": task.fence},
            lineage={"run_id": task.run_id},
        )
        self.task = task
        self._steps = dict(task.steps)

    async def step(self, name: str, fn: Callable[[], Any | Awaitable[Any]]) -> Any:
        """The result of `fn()`, recorded under `name` before it is returned.

        A step that this or an earlier attempt recorded is not run again. A plain `fn` runs in a thread. The
        result must be JSON of at most 64 KiB and is returned as it was recorded. A crash between the end of
        `fn` and the record runs it again: what it does outside must be safe to repeat.
        """
        known = self._steps.get(name)
        if known is not None:
            return decode_json(known)
        result = await call_on_loop(fn)
        recorded = await self.plane.record_step(
            self.task.task_id, fence=self.task.fence, name=name, result=result, agent=self.agent
        )
        self._steps[name] = recorded.result_json
        return decode_json(recorded.result_json)

    async def checkpoint(self, value: Any) -> None:
        """Keeps a note that the next attempt finds as `task.checkpoint`; the latest one counts."""
        await self.plane.checkpoint_task(
            self.task.task_id, fence=self.task.fence, checkpoint=value, agent=self.agent
        )

    async def heartbeat(self, *, progress: Any = None) -> LeaseState:
        """Tells how far the work is. The lease is kept alive without it."""
        return await self.plane.extend_lease(
            self.task.task_id, fence=self.task.fence, progress=progress, agent=self.agent
        )
