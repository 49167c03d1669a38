"""A cancellation reaches the handler at once: the leases here are so long that no heartbeat comes in time."""

import asyncio
from typing import Any

from interlock import Plane
from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.task.cancelled import Cancellations, GetCancellations
from interlock.kernel.task.claim import Claim
from interlock.worker import Context, Task, Worker
from tests.unit.worker.journal import Journal

LEASE_S = 3_600.0
SHORT_LEASE_S = 0.3


class Reluctant:
    """A carrier that refuses to tell of cancellations, as often as it is told to."""

    def __init__(self, plane: Plane, *, code: str, times: int) -> None:
        self._plane = plane
        self._code = code
        self._times = times
        self.asked = 0

    async def call(self, command: Command) -> Reply:
        if isinstance(command, GetCancellations):
            self.asked += 1
            if self.asked <= self._times:
                return Refusal(code=self._code, message="not now")
        return await self._plane.call(command)

    async def close(self) -> None: ...


class Overtaken:
    """A carrier that cancels a task with this title and brings word of that before the claim itself."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._is_told = asyncio.Event()

    async def call(self, command: Command) -> Reply:
        reply = await self._plane.call(command)
        if isinstance(reply, Claim) and reply.title == "overtaken":
            await self._plane.cancel_task(reply.task_id)
            await self._is_told.wait()
        elif isinstance(reply, Cancellations) and reply:
            asyncio.get_running_loop().call_soon(self._is_told.set)
        return reply

    async def close(self) -> None: ...


async def wait_for_cancellation(task: Task, ctx: Context) -> None:
    await ctx.cancelled.wait()


async def test_a_cancellation_does_not_wait_for_the_heartbeat(
    plane: Plane, journal: Journal, start: Any
) -> None:
    ref = await plane.create_task("work", lease_s=LEASE_S)
    start(Worker(plane, agent="worker", handler=wait_for_cancellation))
    await journal.find("TaskClaimed", task_id=ref.task_id)
    await plane.cancel_task(ref.task_id)
    await journal.find("TaskCancelled", task_id=ref.task_id)


async def test_only_the_cancelled_one_of_several_tasks_is_stopped(
    plane: Plane, journal: Journal, start: Any
) -> None:
    finish = asyncio.Event()
    home = asyncio.get_running_loop()

    async def work(task: Task, ctx: Context) -> str | None:
        waiting = asyncio.run_coroutine_threadsafe(finish.wait(), home)
        ends = [asyncio.wrap_future(waiting), asyncio.ensure_future(ctx.cancelled.wait())]
        await asyncio.wait(ends, return_when="FIRST_COMPLETED")
        return None if ctx.cancelled.is_set() else "done"

    refs = [await plane.create_task("work", lease_s=LEASE_S) for _ in range(3)]
    start(Worker(plane, agent="worker", handler=work, concurrency=3))
    await journal.find_all("TaskClaimed", count=3)
    for ref in refs[:2]:
        await plane.cancel_task(ref.task_id)
        await journal.find("TaskCancelled", task_id=ref.task_id)
    finish.set()
    await journal.find("TaskCompleted", task_id=refs[2].task_id)
    assert len(await journal.all("TaskCancelled")) == 2


async def test_a_cancellation_that_overtakes_the_answer_to_its_claim_is_not_missed(
    plane: Plane, journal: Journal, start: Any
) -> None:
    first = await plane.create_task("first", lease_s=LEASE_S)
    remote = Plane(Overtaken(plane), address="")
    start(Worker(remote, agent="worker", handler=wait_for_cancellation, concurrency=2))
    await journal.find("TaskClaimed", task_id=first.task_id)
    ref = await plane.create_task("overtaken", lease_s=LEASE_S)
    await journal.find("TaskCancelled", task_id=ref.task_id)


async def test_a_plane_that_does_not_tell_is_asked_once_and_the_heartbeat_brings_it(
    plane: Plane, journal: Journal, start: Any
) -> None:
    reluctant = Reluctant(plane, code="invalid", times=1_000)
    remote = Plane(reluctant, address="")
    refs = [await plane.create_task("work", lease_s=SHORT_LEASE_S) for _ in range(2)]
    start(Worker(remote, agent="worker", handler=wait_for_cancellation))
    for ref in refs:
        await journal.find("TaskClaimed", task_id=ref.task_id)
        await plane.cancel_task(ref.task_id)
        await journal.find("TaskCancelled", task_id=ref.task_id)
    assert reluctant.asked == 1


async def test_a_plane_that_cannot_tell_now_is_asked_again(
    plane: Plane, journal: Journal, start: Any
) -> None:
    remote = Plane(Reluctant(plane, code="closing", times=2), address="")
    ref = await plane.create_task("work", lease_s=LEASE_S)
    start(Worker(remote, agent="worker", handler=wait_for_cancellation))
    await journal.find("TaskClaimed", task_id=ref.task_id)
    await plane.cancel_task(ref.task_id)
    await journal.find("TaskCancelled", task_id=ref.task_id)
