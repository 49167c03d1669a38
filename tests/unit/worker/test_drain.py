"""A worker that is stopped leaves nothing behind."""

import asyncio
import os
import signal
import threading
from typing import Any

import pytest

from interlock import ConnectionLost, Plane, Refused
from interlock.kernel.agent import RegisterAgent
from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.session import CloseSession
from interlock.kernel.task.claim import Claim, ClaimTask
from interlock.kernel.task.finish import CompleteTask
from interlock.kernel.task.step import CheckpointTask
from interlock.worker import App, Context, Task, Worker
from tests.unit.worker.journal import WAIT_S, Journal


class Scripted:
    """A carrier whose answers to some commands are given beforehand, then those of the real plane."""

    def __init__(self, plane: Plane, script: dict[type[Command], list[Any]]) -> None:
        self._plane = plane
        self._script = script
        self.sent: list[Command] = []

    async def call(self, command: Command) -> Reply:
        self.sent.append(command)
        answers = self._script.get(type(command))
        if not answers:
            return await self._plane.call(command)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Reply):
            return answer
        reply: Reply = await answer(command)
        return reply

    async def close(self) -> None: ...


async def test_what_runs_may_finish_and_nothing_new_is_begun(
    plane: Plane, journal: Journal, start: Any
) -> None:
    unblock = threading.Event()

    def work(task: Task, ctx: Context) -> str:
        unblock.wait()
        return "finished"

    first = await plane.create_task("first")
    worker = Worker(plane, agent="worker", handler=work)
    running = start(worker)
    await journal.find("TaskClaimed", task_id=first.task_id)
    worker.stop()
    await journal.find("SessionClosed", session=worker.session)
    second = await plane.create_task("second")
    unblock.set()
    await running
    assert (await plane.get_task(first.task_id)).result == "finished"
    assert (await plane.get_task(second.task_id)).status == "ready"


async def test_what_does_not_finish_in_time_is_released_unharmed(
    plane: Plane, journal: Journal, start: Any
) -> None:
    async def hang(task: Task, ctx: Context) -> None:
        await asyncio.Event().wait()

    ref = await plane.create_task("hang")
    worker = Worker(plane, agent="worker", handler=hang, drain_s=0.05)
    running = start(worker)
    await journal.find("TaskClaimed", task_id=ref.task_id)
    worker.stop()
    await running
    task = (await plane.get_task(ref.task_id)).task
    assert (task.status, task.failures) == ("ready", 0)


async def test_a_second_stop_leaves_no_time(plane: Plane, journal: Journal, start: Any) -> None:
    async def hang(task: Task, ctx: Context) -> None:
        await asyncio.Event().wait()

    ref = await plane.create_task("hang")
    worker = Worker(plane, agent="worker", handler=hang, drain_s=3_600)
    running = start(worker)
    await journal.find("TaskClaimed", task_id=ref.task_id)
    worker.stop()
    worker.stop()
    await running
    assert (await plane.get_task(ref.task_id)).status == "ready"


async def test_a_worker_whose_run_is_cancelled_releases_what_it_holds(
    plane: Plane, journal: Journal, start: Any
) -> None:
    async def hang(task: Task, ctx: Context) -> None:
        await asyncio.Event().wait()

    ref = await plane.create_task("hang")
    running = start(Worker(plane, agent="worker", handler=hang))
    await journal.find("TaskClaimed", task_id=ref.task_id)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await plane.get_task(ref.task_id)).status == "ready"


async def test_a_signal_drains_the_worker(plane: Plane, journal: Journal) -> None:
    async def hang(task: Task, ctx: Context) -> None:
        await asyncio.Event().wait()

    ref = await plane.create_task("hang")
    worker = Worker(plane, agent="worker", handler=hang, drain_s=3_600)
    running = asyncio.create_task(worker.run(handle_signals=True))
    await journal.find("TaskClaimed", task_id=ref.task_id)
    os.kill(os.getpid(), signal.SIGTERM)
    await journal.find("SessionClosed", session=worker.session)
    os.kill(os.getpid(), signal.SIGINT)
    await running
    assert (await plane.get_task(ref.task_id)).status == "ready"
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


async def test_an_idle_worker_stops_at_once(plane: Plane, journal: Journal, start: Any) -> None:
    worker = Worker(plane, agent="worker", handler=max, concurrency=3, drain_s=3_600)
    running = start(worker)
    await journal.find("SessionOpened")
    worker.stop()
    await running


async def test_a_worker_that_was_stopped_before_it_ran_claims_nothing(
    plane: Plane, start: Any
) -> None:
    ref = await plane.create_task("work")
    worker = Worker(plane, agent="worker", handler=max)
    worker.stop()
    await start(worker)
    assert (await plane.get_task(ref.task_id)).status == "ready"


async def test_a_claim_that_is_won_while_the_worker_stops_is_given_back(
    plane: Plane, journal: Journal, start: Any
) -> None:
    async def stop_then_claim(command: Command) -> Reply:
        await plane.create_task("late")
        reply = await plane.call(command)
        worker.stop()
        return reply

    carrier = Scripted(plane, {ClaimTask: [stop_then_claim]})
    worker = Worker(Plane(carrier, address=""), agent="worker", handler=max)
    await start(worker)
    released = await journal.find("TaskReleased")
    task = (await plane.get_task(released["task_id"])).task
    assert (task.status, task.attempt, task.failures) == ("ready", 1, 0)


async def test_a_plane_that_is_away_for_a_while_is_waited_for(
    plane: Plane, journal: Journal, start: Any
) -> None:
    async def work(task: Task, ctx: Context) -> str:
        return "done"

    away = Refusal(code="closing", message="the hub is shutting down")
    lost = ConnectionLost("no hub answers")
    script: dict[type[Command], list[Any]] = {
        RegisterAgent: [away],
        ClaimTask: [away, lost, Refusal(code="paused", message="the agent is paused")],
        CompleteTask: [away, lost],
    }
    ref = await plane.create_task("work")
    start(Worker(Plane(Scripted(plane, script), address=""), agent="worker", handler=work))
    await journal.find("TaskCompleted", task_id=ref.task_id)


async def test_a_handler_does_not_fail_because_the_hub_is_restarted(
    plane: Plane, journal: Journal, start: Any
) -> None:
    async def work(task: Task, ctx: Context) -> str:
        await ctx.checkpoint("half way")
        return "done"

    away = Refusal(code="closing", message="the hub is shutting down")
    script: dict[type[Command], list[Any]] = {CheckpointTask: [away, away]}
    ref = await plane.create_task("work")
    start(Worker(Plane(Scripted(plane, script), address=""), agent="worker", handler=work))
    await journal.find("TaskCompleted", task_id=ref.task_id)
    assert (await plane.get_task(ref.task_id)).task.attempt == 1


async def test_a_plane_that_stays_away_ends_the_worker(plane: Plane, start: Any) -> None:
    lost = ConnectionLost("no hub answers")
    script: dict[type[Command], list[Any]] = {ClaimTask: [lost] * 1_000, CloseSession: [lost]}
    worker = Worker(
        Plane(Scripted(plane, script), address=""), agent="worker", handler=max, patience_s=0.2
    )
    with pytest.raises(ConnectionLost):
        await start(worker)


async def test_a_session_that_somebody_else_closed_ends_the_worker(
    plane: Plane, journal: Journal, start: Any
) -> None:
    worker = Worker(plane, agent="worker", handler=max)
    running = start(worker)
    await journal.find("SessionOpened")
    await plane.close_session(worker.session)
    await plane.create_task("wakes the claim")
    with pytest.raises(Refused, match="session_closed"):
        await running


async def test_every_run_of_an_app_has_a_fresh_session(plane: Plane, journal: Journal) -> None:
    app = App("worker", groups=["builders"], capabilities=["lift"], description="builds")
    app.handler()(max)
    for count in (1, 2):
        running = asyncio.create_task(app.run(plane))
        await journal.find_all("SessionOpened", count=count)
        app.stop()
        await running
    opened = {event["session"] for event in await journal.all("SessionOpened")}
    assert len(opened) == 2
    agent = await plane.get_agent("worker")
    assert (agent.groups, agent.capabilities, agent.description, agent.sessions) == (
        ("builders",),
        ("lift",),
        "builds",
        (),
    )


async def test_an_idle_worker_waits_in_the_hub_and_does_not_poll(
    plane: Plane, journal: Journal, start: Any
) -> None:
    carrier = Scripted(plane, {})
    start(Worker(Plane(carrier, address=""), agent="worker", handler=max))
    await journal.find("SessionOpened")
    await plane.create_task("timer", queue="timer", not_before=0.3)
    assert isinstance(await plane.claim_task(queue="timer", wait_s=WAIT_S), Claim)
    assert [type(command).__name__ for command in carrier.sent] == [
        "RegisterAgent",
        "OpenSession",
        "ClaimTask",
    ]
