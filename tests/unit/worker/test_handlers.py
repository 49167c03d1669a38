"""What becomes of a task, by what its handler does."""

import asyncio
import threading
from typing import Any

import pytest

from interlock import Plane, StaleFence
from interlock.kernel.backoff import Backoff
from interlock.worker import (
    App,
    Context,
    Dependency,
    Fail,
    NoAnswer,
    Permanent,
    Policy,
    Task,
    Transient,
    Worker,
)
from interlock.worker.failure import error_text_of
from interlock.worker.route import Route, Routes
from tests.unit.worker.journal import Journal

AT_ONCE = Backoff(base_s=0.0, cap_s=0.0)


async def test_what_a_handler_returns_is_the_result_of_its_task(
    plane: Plane, journal: Journal, start: Any
) -> None:
    async def double(task: Task, ctx: Context) -> dict[str, int]:
        return {"doubled": task.payload * 2}

    ref = await plane.create_task("double", payload=21)
    start(Worker(plane, agent="worker", handler=double))
    await journal.find("TaskCompleted", task_id=ref.task_id)
    assert (await plane.get_task(ref.task_id)).result == {"doubled": 42}


async def test_a_plain_handler_runs_in_a_thread_of_its_own(
    plane: Plane, journal: Journal, start: Any
) -> None:
    def name_thread(task: Task, ctx: Context) -> list[Any]:
        recorded = ctx.wait(ctx.step("thread", lambda: "recorded"))
        return [threading.current_thread() is threading.main_thread(), recorded]

    ref = await plane.create_task("thread")
    start(Worker(plane, agent="worker", handler=name_thread))
    await journal.find("TaskCompleted", task_id=ref.task_id)
    assert (await plane.get_task(ref.task_id)).result == [False, "recorded"]


async def test_an_async_handler_is_told_to_await_instead_of_blocking_its_loop(
    plane: Plane, journal: Journal, start: Any
) -> None:
    async def block(task: Task, ctx: Context) -> None:
        ctx.wait(asyncio.Event().wait())

    ref = await plane.create_task("block", attempts_max=1)
    start(Worker(plane, agent="worker", handler=block))
    failed = await journal.find("TaskAttemptFailed", task_id=ref.task_id)
    assert "in an async one, await the call" in failed["error"]


@pytest.mark.parametrize(
    ("error", "error_class", "text"),
    [
        (Permanent("no such account"), "PERMANENT", "no such account"),
        (Policy("not allowed"), "POLICY", "not allowed"),
        (Dependency("the bank is closed"), "DEPENDENCY", "the bank is closed"),
        (Transient("try again"), "TRANSIENT", "try again"),
        (Fail("too slow", error_class="TIMEOUT"), "TIMEOUT", "too slow"),
        (NoAnswer("silence"), "DEPENDENCY", "silence"),
        (ValueError("odd"), "TRANSIENT", "ValueError: odd"),
        (KeyError(), "TRANSIENT", "KeyError"),
        (SystemExit(3), "TRANSIENT", "SystemExit: 3"),
        (asyncio.CancelledError(), "TRANSIENT", "CancelledError"),
        (RuntimeError("x" * 5_000), "TRANSIENT", ("RuntimeError: " + "x" * 5_000)[:2_000]),
    ],
)
@pytest.mark.parametrize("is_async", [True, False])
async def test_an_exception_is_reported_under_its_error_class(
    plane: Plane,
    journal: Journal,
    start: Any,
    error: BaseException,
    error_class: str,
    text: str,
    is_async: bool,
) -> None:
    async def wait_and_raise(task: Task, ctx: Context) -> None:
        raise error

    def raise_(task: Task, ctx: Context) -> None:
        raise error

    ref = await plane.create_task("fail", attempts_max=2)
    start(Worker(plane, agent="worker", handler=wait_and_raise if is_async else raise_))
    failed = await journal.find("TaskAttemptFailed", task_id=ref.task_id)
    assert (failed.get("error_class"), failed["error"]) == (error_class, text)
    status = (await plane.get_task(ref.task_id)).status
    assert status == ("dead" if error_class in ("PERMANENT", "POLICY") else "scheduled")


def test_an_exception_whose_text_is_no_unicode_can_be_reported() -> None:
    assert error_text_of(RuntimeError("\ud800")) == "RuntimeError: ?"


async def test_a_worker_goes_on_after_a_handler_failed(
    plane: Plane, journal: Journal, start: Any
) -> None:
    async def divide(task: Task, ctx: Context) -> float:
        return 1 / task.payload

    await plane.create_task("by zero", payload=0, attempts_max=1)
    good = await plane.create_task("by four", payload=4)
    start(Worker(plane, agent="worker", handler=divide))
    await journal.find("TaskCompleted", task_id=good.task_id)
    assert (await plane.get_task(good.task_id)).result == 0.25


@pytest.mark.parametrize("result", [object(), float("nan"), "x" * 70_000])
async def test_a_result_that_cannot_be_kept_makes_a_dead_letter_that_says_so(
    plane: Plane, journal: Journal, start: Any, result: Any
) -> None:
    async def give(task: Task, ctx: Context) -> Any:
        return result

    ref = await plane.create_task("give")
    start(Worker(plane, agent="worker", handler=give))
    failed = await journal.find("TaskAttemptFailed", task_id=ref.task_id)
    assert failed["error_class"] == "PERMANENT"
    assert failed["error"].startswith("the result cannot be kept: ")


async def test_a_recorded_step_is_not_run_again_by_the_next_attempt(
    plane: Plane, journal: Journal, start: Any
) -> None:
    runs: list[str] = []

    async def work(task: Task, ctx: Context) -> Any:
        async def pay() -> dict[str, Any]:
            runs.append("pay")
            return {"paid": (1, 2)}

        def note() -> str:
            runs.append("note")
            return "noted"

        paid = await ctx.step("pay", pay)
        assert await ctx.step("pay", pay) == paid
        if task.attempt == 1:
            raise Transient("the lights went out")
        return [paid, await ctx.step("note", note), await ctx.step("none", lambda: None)]

    ref = await plane.create_task("work", backoff=AT_ONCE)
    start(Worker(plane, agent="worker", handler=work))
    await journal.find("TaskCompleted", task_id=ref.task_id)
    assert (await plane.get_task(ref.task_id)).result == [{"paid": [1, 2]}, "noted", None]
    assert runs == ["pay", "note"]


async def test_a_step_that_fails_is_run_again(plane: Plane, journal: Journal, start: Any) -> None:
    async def work(task: Task, ctx: Context) -> Any:
        def unsteady() -> str:
            if task.attempt == 1:
                raise OSError("no route")
            return "there"

        return await ctx.step("go", unsteady)

    ref = await plane.create_task("work", backoff=AT_ONCE)
    start(Worker(plane, agent="worker", handler=work))
    failed = await journal.find("TaskAttemptFailed", task_id=ref.task_id)
    assert failed["error"] == "OSError: no route"
    await journal.find("TaskCompleted", task_id=ref.task_id)


async def test_the_next_attempt_finds_the_checkpoint_of_the_last(
    plane: Plane, journal: Journal, start: Any
) -> None:
    async def count(task: Task, ctx: Context) -> Any:
        found = task.checkpoint or {"page": 0}
        await ctx.checkpoint({"page": found["page"] + 10})
        if task.attempt < 3:
            raise Transient("again")
        return found

    ref = await plane.create_task("count", backoff=AT_ONCE)
    start(Worker(plane, agent="worker", handler=count))
    await journal.find("TaskCompleted", task_id=ref.task_id)
    assert (await plane.get_task(ref.task_id)).result == {"page": 20}


async def test_everybody_can_read_the_progress_of_a_task(
    plane: Plane, journal: Journal, start: Any
) -> None:
    seen = threading.Event()

    def work(task: Task, ctx: Context) -> None:
        ctx.wait(ctx.heartbeat(progress={"percent": 40}))
        seen.wait()

    ref = await plane.create_task("work")
    start(Worker(plane, agent="worker", handler=work))
    await journal.find("LeaseExtended", task_id=ref.task_id)
    progress = (await plane.get_task(ref.task_id)).progress
    seen.set()
    assert progress == {"percent": 40}
    await journal.find("TaskCompleted", task_id=ref.task_id)


async def test_a_task_goes_to_the_handler_of_its_category(
    plane: Plane, journal: Journal, start: Any
) -> None:
    def named(name: str) -> Any:
        async def handler(task: Task, ctx: Context) -> str:
            return name

        return handler

    app = App("worker")
    app.handler(queue="letters")(named("letters"))
    app.handler(queue="letters", category="urgent")(named("urgent"))
    app.handler(queue="parcels", capabilities=["lift"])(named("parcels"))
    refs = [
        await plane.create_task("a", queue="letters"),
        await plane.create_task("b", queue="letters", category="urgent"),
        await plane.create_task("c", queue="letters", category="other"),
        await plane.create_task("d", queue="parcels", capabilities=["lift"]),
    ]
    start(app)
    for ref in refs:
        await journal.find("TaskCompleted", task_id=ref.task_id)
    results = [(await plane.get_task(ref.task_id)).result for ref in refs]
    assert results == ["letters", "urgent", "letters", "parcels"]


async def test_a_task_without_a_handler_is_left_for_another_worker_to_try(
    plane: Plane, journal: Journal, start: Any
) -> None:
    async def handler(task: Task, ctx: Context) -> None: ...

    ref = await plane.create_task("odd", category="odd")
    start(Worker(plane, agent="worker", handler={"even": handler}))
    failed = await journal.find("TaskAttemptFailed", task_id=ref.task_id)
    assert failed["error_class"] == "DEPENDENCY"
    assert failed["error"] == "no handler for category 'odd' of queue default"


def test_among_equal_handlers_goes_first_who_declares_what_is_required_then_who_declares_least() -> (
    None
):
    def claim(*capabilities: str) -> Task:
        return Task(
            task_id="t",
            fence=1,
            attempt=1,
            lease_ms=1,
            title="t",
            queue="default",
            capabilities=capabilities,
        )

    routes = Routes(
        [
            Route(handler=max, capabilities=("see", "hear")),
            Route(handler=min, capabilities=("see",)),
            Route(handler=sum),
        ],
        capabilities=("walk",),
    )
    assert routes.capabilities == ("walk", "see", "hear")
    assert routes.find(claim()) is sum
    assert routes.find(claim("see")) is min
    assert routes.find(claim("see", "hear")) is max
    assert routes.find(claim("walk")) is sum


async def test_a_worker_does_as_many_tasks_at_once_as_it_has_slots(
    plane: Plane, journal: Journal, start: Any
) -> None:
    together = threading.Barrier(3)

    def meet(task: Task, ctx: Context) -> int:
        return together.wait(10)

    refs = [await plane.create_task("meet") for _ in range(3)]
    start(Worker(plane, agent="worker", handler=meet, concurrency=3))
    for ref in refs:
        await journal.find("TaskCompleted", task_id=ref.task_id)


def test_a_worker_without_slots_is_refused(plane: Plane) -> None:
    with pytest.raises(ValueError, match="at least one slot"):
        Worker(plane, agent="worker", handler=max, concurrency=0)


async def test_a_write_of_a_handler_whose_lease_passed_on_changes_nothing(
    plane: Plane, journal: Journal, start: Any
) -> None:
    refused: list[str] = []

    async def linger(task: Task, ctx: Context) -> None:
        await ctx.plane.release_task(task.task_id, fence=task.fence)
        for write in (
            ctx.send("friend", message="late"),
            ctx.publish("news", payload="late"),
            ctx.checkpoint("late"),
            ctx.step("late", lambda: 1),
            ctx.heartbeat(progress=1),
            ctx.state.update(lambda state: {"config": "late"}),
        ):
            try:
                await write
            except StaleFence as error:
                refused.append(error.code)

    ref = await plane.create_task("linger")
    worker = Worker(plane, agent="worker", handler=linger)
    start(worker)
    await journal.find("TaskReleased", task_id=ref.task_id)
    worker.stop()
    for verb in ("send_message", "publish_event", "checkpoint_task", "update_program_state"):
        await journal.find("StaleWriteRefused", verb=verb)
    assert not await journal.all("MessageSent") + await journal.all("EventPublished")
