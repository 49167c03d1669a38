"""A busy handler keeps its lease, whatever it does; a lost lease stops the work."""

import asyncio
import threading
from typing import Any

import pytest

from interlock import AlreadyClaimed, Plane, StaleFence
from interlock.kernel.backoff import Backoff
from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.task.claim import Claim
from interlock.kernel.task.lease import ExtendLease
from interlock.worker import App, Cancelled, Context, HandlerStuck, Task, Worker
from tests.unit.worker.journal import WAIT_S, Journal

LEASE_S = 0.3
LONG_LEASE_S = 1.5
"""Where a lease must hold: a busy machine may delay a heartbeat by half a second."""
AT_ONCE = Backoff(base_s=0.0, cap_s=0.0)


class Deafened:
    """A carrier through which no heartbeat gets, as in a partition of the network."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    async def call(self, command: Command) -> Reply:
        if isinstance(command, ExtendLease):
            return Refusal(code="ledger_unavailable", message="the network is down")
        return await self._plane.call(command)

    async def close(self) -> None: ...


async def let_pass(plane: Plane, *, seconds: float) -> None:
    """Waits by the hub's clock."""
    timer = await plane.create_task("timer", queue="timer", not_before=seconds)
    claim = await plane.claim_task(queue="timer", wait_s=WAIT_S)
    assert isinstance(claim, Claim)
    await plane.complete_task(timer.task_id, fence=claim.fence)


@pytest.mark.parametrize("style", ["blocks its loop", "blocks its thread", "computes"])
async def test_a_busy_handler_keeps_its_lease(
    plane: Plane, journal: Journal, start: Any, style: str
) -> None:
    unblock = threading.Event()

    async def block_the_loop(task: Task, ctx: Context) -> None:
        unblock.wait()

    def block_the_thread(task: Task, ctx: Context) -> None:
        unblock.wait()

    async def compute(task: Task, ctx: Context) -> None:
        while not unblock.is_set():
            sum(range(1_000))

    handlers = {
        "blocks its loop": block_the_loop,
        "blocks its thread": block_the_thread,
        "computes": compute,
    }
    ref = await plane.create_task("block", lease_s=LONG_LEASE_S)
    start(Worker(plane, agent="worker", handler=handlers[style]))
    await journal.find("TaskClaimed", task_id=ref.task_id)
    await let_pass(plane, seconds=LONG_LEASE_S * 1.5)
    with pytest.raises(AlreadyClaimed):
        await plane.claim_task(task_id=ref.task_id, agent="thief")
    unblock.set()
    await journal.find("TaskCompleted", task_id=ref.task_id)
    assert await journal.all("LeaseExpired") == []
    assert (await plane.get_task(ref.task_id)).task.attempt == 1


async def test_a_worker_overrides_the_lease_of_the_task_when_it_is_told_to(
    plane: Plane, journal: Journal, start: Any
) -> None:
    async def work(task: Task, ctx: Context) -> int:
        return task.lease_ms

    ref = await plane.create_task("work", lease_s=9)
    start(Worker(plane, agent="worker", handler=work, lease_s=2))
    await journal.find("TaskCompleted", task_id=ref.task_id)
    assert (await plane.get_task(ref.task_id)).result == 2_000


async def test_a_result_that_comes_after_the_lease_passed_on_is_dropped(
    plane: Plane, journal: Journal, start: Any, caplog: pytest.LogCaptureFixture
) -> None:
    entered, unblock = threading.Event(), threading.Event()

    def work(task: Task, ctx: Context) -> str:
        entered.set()
        unblock.wait()
        return "late"

    deaf = Plane(Deafened(plane), address="")
    ref = await plane.create_task("work", lease_s=LEASE_S, backoff=AT_ONCE)
    start(Worker(deaf, agent="zombie", handler=work))
    await journal.find("LeaseExpired", task_id=ref.task_id)
    heir = await plane.claim_task(agent="heir", wait_s=WAIT_S)
    assert isinstance(heir, Claim)
    unblock.set()
    await journal.find("StaleWriteRefused", task_id=ref.task_id, verb="complete_task")
    await plane.complete_task(ref.task_id, fence=heir.fence, result="in time")
    assert (await plane.get_task(ref.task_id)).result == "in time"
    # The zombie goes on working for everybody.
    other = await plane.create_task("another")
    await journal.find("TaskCompleted", task_id=other.task_id)
    assert "the result is dropped" in caplog.text
    assert "the heartbeat did not get through" in caplog.text


async def test_a_handler_learns_with_the_heartbeat_that_its_lease_passed_on(
    plane: Plane, journal: Journal, start: Any
) -> None:
    reasons: list[str] = []
    stopped = asyncio.Event()
    home = asyncio.get_running_loop()

    async def work(task: Task, ctx: Context) -> str:
        if task.attempt > 1:
            return "again"
        await ctx.cancelled.wait()
        reasons.append(ctx.cancelled.reason)
        home.call_soon_threadsafe(stopped.set)
        return "too late"

    ref = await plane.create_task("work", lease_s=LEASE_S)
    start(Worker(plane, agent="worker", handler=work))
    claimed = await journal.find("TaskClaimed", task_id=ref.task_id)
    fence = 1 + journal.events.index(claimed)
    await plane.release_task(ref.task_id, fence=fence)
    await stopped.wait()
    assert reasons == ["lost"]
    await journal.find("TaskCompleted", task_id=ref.task_id)
    assert (await plane.get_task(ref.task_id)).result == "again"


async def test_a_handler_s_own_write_tells_it_that_its_lease_passed_on(
    plane: Plane, journal: Journal, start: Any
) -> None:
    entered, unblock = threading.Event(), threading.Event()
    seen: list[Any] = []

    def work(task: Task, ctx: Context) -> None:
        if task.attempt > 1:
            return
        entered.set()
        unblock.wait()
        try:
            ctx.wait(ctx.checkpoint("late"))
        except StaleFence:
            ctx.wait(ctx.cancelled.wait())
            seen.append(ctx.cancelled.reason)

    ref = await plane.create_task("work", lease_s=600)
    start(Worker(plane, agent="worker", handler=work))
    claimed = await journal.find("TaskClaimed", task_id=ref.task_id)
    await plane.release_task(ref.task_id, fence=1 + journal.events.index(claimed))
    unblock.set()
    await journal.find("TaskCompleted", task_id=ref.task_id)
    assert seen == ["lost"]


@pytest.mark.parametrize("style", ["waits", "is cancelled", "asks", "raises later"])
async def test_a_cancelled_task_ends_its_handler(
    plane: Plane, journal: Journal, start: Any, style: str
) -> None:
    begun = asyncio.Event()
    home = asyncio.get_running_loop()

    async def work(task: Task, ctx: Context) -> None:
        home.call_soon_threadsafe(begun.set)
        if style == "waits":
            await ctx.cancelled.wait()
        elif style == "asks":
            await ctx.cancelled.wait()
            ctx.raise_if_cancelled()
        elif style == "raises later":
            await ctx.cancelled.wait()
            raise ValueError("interrupted")
        else:
            await asyncio.Event().wait()

    ref = await plane.create_task("work", lease_s=LONG_LEASE_S)
    start(Worker(plane, agent="worker", handler=work, grace_s=0.05))
    await begun.wait()
    await plane.cancel_task(ref.task_id)
    await journal.find("TaskCancelled", task_id=ref.task_id)
    assert await journal.all("TaskAttemptFailed") == []


async def test_a_cancelled_task_ends_a_plain_handler_that_waits_in_its_context(
    plane: Plane, journal: Journal, start: Any
) -> None:
    seen: list[type[BaseException]] = []

    def work(task: Task, ctx: Context) -> None:
        ctx.raise_if_cancelled()
        for _ in range(2):
            try:
                ctx.wait(ctx.ask("nobody", timeout_s=50))
            except Cancelled as error:
                seen.append(type(error))
        raise Cancelled

    ref = await plane.create_task("work", lease_s=LONG_LEASE_S)
    start(Worker(plane, agent="worker", handler=work, grace_s=0.05))
    await journal.find("TaskClaimed", task_id=ref.task_id)
    await plane.cancel_task(ref.task_id)
    await journal.find("TaskCancelled", task_id=ref.task_id)
    assert seen == [Cancelled, Cancelled]


async def test_a_result_that_is_there_in_spite_of_a_cancellation_is_kept(
    plane: Plane, journal: Journal, start: Any
) -> None:
    async def work(task: Task, ctx: Context) -> str:
        await ctx.cancelled.wait()
        return "paid already"

    ref = await plane.create_task("work", lease_s=LONG_LEASE_S)
    start(Worker(plane, agent="worker", handler=work))
    await journal.find("TaskClaimed", task_id=ref.task_id)
    await plane.cancel_task(ref.task_id)
    await journal.find("TaskCompleted", task_id=ref.task_id)
    assert (await plane.get_task(ref.task_id)).result == "paid already"


async def test_an_attempt_over_its_limit_fails_with_timeout(
    plane: Plane, journal: Journal, start: Any
) -> None:
    async def hang(task: Task, ctx: Context) -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "half a result"
        return ""

    ref = await plane.create_task("hang", attempts_max=1)
    start(Worker(plane, agent="worker", handler=hang, task_limit_s=0.05))
    failed = await journal.find("TaskAttemptFailed", task_id=ref.task_id)
    assert failed["error_class"] == "TIMEOUT"
    assert failed["error"] == "the handler ran longer than 0.05 s"
    assert (await plane.get_task(ref.task_id)).status == "dead"


@pytest.mark.parametrize("is_async", [True, False])
async def test_a_handler_that_cannot_be_stopped_is_given_up_and_the_worker_with_it(
    plane: Plane, journal: Journal, start: Any, is_async: bool
) -> None:
    unblock = threading.Event()

    async def block_the_loop(task: Task, ctx: Context) -> None:
        unblock.wait()

    def block_the_thread(task: Task, ctx: Context) -> None:
        unblock.wait()

    worker = Worker(
        plane,
        agent="worker",
        handler=block_the_loop if is_async else block_the_thread,
        task_limit_s=0.05,
        grace_s=0.05,
    )
    ref = await plane.create_task("block", attempts_max=1)
    running = start(worker)
    with pytest.raises(HandlerStuck, match="start a fresh process"):
        await running
    unblock.set()
    failed = await journal.find("TaskAttemptFailed", task_id=ref.task_id)
    assert failed["error_class"] == "TIMEOUT"
    assert len(await journal.all("SessionClosed")) == 1


async def test_the_other_tasks_of_a_worker_that_is_given_up_are_finished_first(
    plane: Plane, journal: Journal, start: Any
) -> None:
    unblock = threading.Event()
    begun = threading.Event()
    app = App("worker", concurrency=2, task_limit_s=0.3, grace_s=0.05, drain_s=WAIT_S)

    @app.handler(category="bad")
    def block(task: Task, ctx: Context) -> None:
        begun.wait()
        unblock.wait()

    @app.handler(category="good")
    async def finish(task: Task, ctx: Context) -> str:
        begun.set()
        await ctx.plane.get_task(task.task_id)
        return "finished"

    bad = await plane.create_task("bad", category="bad")
    good = await plane.create_task("good", category="good")
    running = start(app)
    with pytest.raises(HandlerStuck):
        await running
    unblock.set()
    assert (await plane.get_task(bad.task_id)).status == "scheduled"
    assert (await plane.get_task(good.task_id)).result == "finished"
