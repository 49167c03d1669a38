"""Messages and events reach an app's handlers; questions get their answers."""

import asyncio
import threading
from typing import Any

import pytest

from interlock import Plane
from interlock.kernel.mail.receive import ReceivedMessage
from interlock.kernel.program import ContextSummary
from interlock.kernel.topic.publish import TopicEvent
from interlock.worker import App, Context, Desk, HandlerStuck, Permanent, Task, Transient, Worker
from tests.unit.worker.journal import WAIT_S, Journal


async def test_a_question_is_answered_by_another_agent(
    plane: Plane, journal: Journal, start: Any
) -> None:
    asker, answerer = App("asker"), App("answerer")

    @asker.handler()
    async def work(task: Task, ctx: Context) -> Any:
        answer = await ctx.ask("answerer", message="double?", payload=task.payload)
        return [answer.source, answer.payload]

    @answerer.on_message("QUERY")
    async def double(message: ReceivedMessage, ctx: Desk) -> None:
        await ctx.reply(message, payload=message.payload * 2)

    ref = await plane.create_task("work", payload=4, correlation_id="case-7")
    start(asker)
    start(answerer)
    await journal.find("TaskCompleted", task_id=ref.task_id)
    assert (await plane.get_task(ref.task_id)).result == ["answerer", 8]
    sent = [event["message"] for event in await journal.all("MessageSent")]
    assert {message["correlation_id"] for message in sent} == {"case-7"}
    assert not await plane.get_messages(agent="asker")
    assert not await plane.get_messages(agent="answerer")


async def test_a_question_without_an_answer_fails_as_a_dependency(
    plane: Plane, journal: Journal, start: Any
) -> None:
    async def work(task: Task, ctx: Context) -> None:
        await ctx.ask("nobody", timeout_s=0.05)

    ref = await plane.create_task("work", attempts_max=1)
    start(Worker(plane, agent="asker", handler=work))
    failed = await journal.find("TaskAttemptFailed", task_id=ref.task_id)
    assert failed["error_class"] == "DEPENDENCY"
    assert failed["error"] == "nobody did not answer within 0.05 s"


async def test_a_message_is_acknowledged_after_its_handler_returned(
    plane: Plane, journal: Journal, start: Any
) -> None:
    app = App("agent")
    heard: list[str] = []

    @app.on_message()
    def listen(message: ReceivedMessage, ctx: Desk) -> None:
        heard.append(message.message)
        assert ctx.key == message.id

    for text in ("one", "two"):
        await plane.send_message("agent", message_type="DIRECTIVE", message=text, agent="boss")
    start(app)
    await journal.find_all("MessageAcked", count=2)
    assert heard == ["one", "two"]


async def test_a_result_is_left_to_whoever_asked(
    plane: Plane, journal: Journal, start: Any
) -> None:
    app = App("agent")
    heard: list[str] = []

    @app.on_message()
    async def listen(message: ReceivedMessage, ctx: Desk) -> None:
        heard.append(message.message_type)

    await plane.send_message("agent", message_type="RESULT", agent="friend")
    await plane.send_message("agent", message_type="STATUS", agent="friend")
    start(app)
    await journal.find("MessageAcked")
    assert heard == ["STATUS"]
    assert await plane.get_messages(agent="agent", message_type="RESULT")


async def test_a_message_whose_handler_failed_comes_again(
    plane: Plane, journal: Journal, start: Any
) -> None:
    app = App("agent", grace_s=0.01)
    counts: list[int] = []

    @app.on_message("STATUS", limit_s=0.1)
    async def listen(message: ReceivedMessage, ctx: Desk) -> None:
        counts.append(message.delivery_count)
        if message.delivery_count == 1:
            raise Transient("not now")
        if message.delivery_count == 2:
            await asyncio.Event().wait()

    await plane.send_message("agent", message_type="STATUS", agent="friend")
    start(app)
    await journal.find("MessageAcked")
    assert counts == [1, 2, 3]


async def test_a_message_that_its_handler_refuses_is_a_dead_letter_with_the_reason(
    plane: Plane, journal: Journal, start: Any
) -> None:
    app = App("agent")

    @app.on_message("DIRECTIVE")
    async def listen(message: ReceivedMessage, ctx: Desk) -> None:
        raise Permanent("I take no orders")

    await plane.send_message("agent", message_type="DIRECTIVE", agent="boss")
    start(app)
    died = await journal.find("MessageDied")
    assert (died["reason"], died["detail"]) == ("rejected", "I take no orders")


async def test_a_message_in_hand_is_given_back_when_the_worker_stops(
    plane: Plane, journal: Journal, start: Any
) -> None:
    app = App("agent", drain_s=0.01)

    @app.on_message("STATUS")
    async def listen(message: ReceivedMessage, ctx: Desk) -> None:
        await asyncio.Event().wait()

    await plane.send_message("agent", message_type="STATUS", agent="friend")
    running = start(app)
    await journal.find("MessagesDelivered")
    app.stop()
    await running
    assert await plane.get_messages(agent="agent")


async def test_a_message_handler_that_cannot_be_stopped_ends_the_worker(
    plane: Plane, journal: Journal, start: Any
) -> None:
    app = App("agent", grace_s=0.01)
    unblock = threading.Event()

    @app.on_message("STATUS", limit_s=0.05)
    def listen(message: ReceivedMessage, ctx: Desk) -> None:
        unblock.wait()

    await plane.send_message("agent", message_type="STATUS", agent="friend")
    running = start(app)
    with pytest.raises(HandlerStuck):
        await running
    unblock.set()
    assert await journal.all("MessageAcked") == []


async def test_each_event_of_a_topic_goes_to_one_member_of_each_group(
    plane: Plane, journal: Journal, start: Any
) -> None:
    heard: list[tuple[str, int]] = []

    def member(group: str) -> App:
        app = App(f"{group}-agent")

        @app.on("document.uploaded", group=group, from_position="start")
        async def listen(event: TopicEvent, ctx: Desk) -> None:
            heard.append((group, event.payload))

        return app

    for number in range(6):
        await plane.publish_event("document.uploaded", payload=number)
    for group in ("readers", "readers", "filers"):
        start(member(group))
    await journal.find_all("EventsAcked", count=12)
    assert sorted(heard) == [(group, n) for group in ("filers", "readers") for n in range(6)]


async def test_work_that_follows_from_an_event_is_created_once_although_the_event_came_twice(
    plane: Plane, journal: Journal, start: Any
) -> None:
    app = App("agent", grace_s=0.01)

    @app.on("document.uploaded", group="extractors", from_position="start", limit_s=0.1)
    async def extract(event: TopicEvent, ctx: Desk) -> None:
        await ctx.create_task("extract", payload=event.payload, idempotency_key=ctx.key)
        if event.delivery_count == 1:
            raise Transient("the lights went out")

    await plane.publish_event("document.uploaded", payload=7, correlation_id="doc-7")
    start(app)
    await journal.find("EventsAcked")
    tasks = [event["task"] for event in await journal.all("TaskCreated")]
    assert [(task["correlation_id"], task["created_by"]) for task in tasks] == [("doc-7", "agent")]


async def test_an_event_that_its_handler_refuses_does_not_hold_up_the_others(
    plane: Plane, journal: Journal, start: Any, caplog: pytest.LogCaptureFixture
) -> None:
    app = App("agent")

    @app.on("news", group="readers", from_position="start")
    async def listen(event: TopicEvent, ctx: Desk) -> None:
        if event.payload == "odd":
            raise Permanent("cannot read this")

    for payload in ("odd", "even"):
        await plane.publish_event("news", payload=payload)
    start(app)
    await journal.find_all("EventsAcked", count=2)
    assert "is refused: cannot read this" in caplog.text


async def test_an_event_in_hand_comes_again_after_the_worker_stopped(
    plane: Plane, journal: Journal, start: Any
) -> None:
    app = App("agent", drain_s=0.01, grace_s=0.1)

    @app.on("news", group="readers", from_position="start", limit_s=0.2)
    async def listen(event: TopicEvent, ctx: Desk) -> None:
        await asyncio.Event().wait()

    await plane.publish_event("news")
    running = start(app)
    await journal.find("EventsDelivered")
    app.stop()
    await running
    again = await plane.get_events("news", group="readers", wait_s=WAIT_S)
    assert again.items[0].delivery_count == 2


async def test_a_task_publishes_and_creates_work_under_its_own_lineage(
    plane: Plane, journal: Journal, start: Any
) -> None:
    async def work(task: Task, ctx: Context) -> None:
        await ctx.publish("news", payload={"n": 1}, key="k")
        await ctx.create_task("child", queue="children")

    ref = await plane.create_task("work", run_id="run-1", correlation_id="case-1")
    start(Worker(plane, agent="worker", handler=work))
    await journal.find("TaskCompleted", task_id=ref.task_id)
    event = await journal.find("EventPublished")
    assert (event["source"], event["task_id"], event["correlation_id"]) == (
        "worker",
        ref.task_id,
        "case-1",
    )
    child = [e["task"] for e in journal.events if e["type"] == "TaskCreated"][1]
    assert (child["run_id"], child["correlation_id"], child["created_by"]) == (
        "run-1",
        "case-1",
        "worker",
    )


async def test_no_change_of_the_program_state_is_lost_between_sessions(
    plane: Plane, journal: Journal, start: Any
) -> None:
    async def count(task: Task, ctx: Context) -> None:
        def add(state: Any) -> dict[str, Any]:
            return {
                "config": (state.config or 0) + 1,
                "context_summary": ContextSummary(handoff_notes=f"after {task.task_id}"),
            }

        await ctx.state.update(add)

    refs = [await plane.create_task("count") for _ in range(20)]
    for _ in range(2):
        start(Worker(plane, agent="counter", handler=count, concurrency=5))
    for ref in refs:
        await journal.find("TaskCompleted", task_id=ref.task_id)
    state = await plane.get_program_state(agent="counter")
    assert (state.config, state.version) == (20, 20)
